import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, TLPS, type Tlp } from '@genehound/contract';
import {
  LIMITS,
  leaningOf,
  type PackGenes,
  type PackHeader,
  type PackLabel,
  PackWriter,
  SCHEME,
} from '@genehound/genes';
import type { Context } from '../../platform/context.ts';
import type { NumberedLeaning } from './gene-index/gene-index.ts';
import { Merger } from './gene-index/merger.ts';
import { openWhole, type WholeIndex } from './gene-index/read-entries.ts';
import { packDirectory } from './import-pack.ts';
import { labelParts } from './label-parts.ts';
import { type FamilyRow, familiesOf, generationOf } from './label-store.ts';
import {
  type ExportedLabel,
  exportedLabels,
  type LabelFilter,
  labelledInstructionSets,
  sourcesOfLabels,
} from './pack-store.ts';
import { listSources, type SourceRow, scopeOf } from './source-store.ts';

export interface PackExport extends LabelFilter {
  /** The scope that is exported. */
  readonly organisation: string;
  readonly name: string;
  readonly licence: string;
  readonly tlp: Tlp;
  readonly attribution: string;
}

/** Sources whose labels the export may hold: of some labels those under which they were imported, by whatever name. */
async function sourcesOf({ db }: Context, order: PackExport): Promise<readonly SourceRow[]> {
  const standing = (await listSources(db, [order.organisation])).filter(({ revokedAt }) => revokedAt === null);
  if (order.source === undefined) return standing;
  const named = await sourcesOfLabels(db, order.organisation, order);
  return standing.filter(({ id }) => named.has(id));
}

/** What a source allows is not widened by passing it on. */
function checkTlp(sources: readonly SourceRow[], tlp: Tlp): void {
  const stricter = sources.find((source) => TLPS.indexOf(source.tlp) > TLPS.indexOf(tlp));
  if (stricter === undefined) return;
  const details = `The source ${stricter.name} is TLP:${stricter.tlp.toUpperCase()}; the pack must be at least as strict`;
  throw new AppError('conflict', { details });
}

async function chosenFamilies({ db }: Context, order: PackExport): Promise<readonly FamilyRow[]> {
  const families = await familiesOf(db, [order.organisation]);
  if (order.family === undefined) return families;
  const wanted = order.family.toLowerCase();
  const chosen = families.filter(({ name }) => name.toLowerCase() === wanted);
  if (chosen.length === 0) throw new AppError('not_found', { what: `The family ${order.family}` });
  return chosen;
}

interface Snapshot {
  readonly order: PackExport;
  readonly generation: number;
  readonly families: readonly FamilyRow[];
  readonly sources: readonly SourceRow[];
}

async function* labelPages({ db }: Context, { order, generation }: Snapshot): AsyncGenerator<readonly ExportedLabel[]> {
  for (let behind = 0; ; ) {
    const rows = await exportedLabels(db, order.organisation, generation, order, behind, LIMITS.entries);
    if (rows.length > 0) yield rows;
    behind = rows.at(-1)?.sequence ?? behind;
    if (rows.length < LIMITS.entries) return;
  }
}

/** An index of the chosen labels alone, sorted by the same external sort that builds the server's. */
async function buildIndex(context: Context, snapshot: Snapshot, directory: string): Promise<WholeIndex> {
  const { db, log } = context;
  const { order, generation, families } = snapshot;
  const merger = new Merger();
  try {
    const build = merger.build(directory);
    for await (const part of labelParts(db, order.organisation, { after: 0, until: generation }, log, order)) {
      await build.add(part.labelled);
    }
    const leanings = new Map<number, NumberedLeaning>(
      families.map(({ number, type }) => {
        const leaning = leaningOf(type);
        return [number, leaning === 'malicious' || leaning === 'trusted' ? leaning : 'neither'];
      }),
    );
    const mix = scopeOf(order.organisation) === 'global' ? 'common' : 'first';
    await build.finish({ leanings, mix, generation, lastLabel: null });
    return openWhole(directory);
  } finally {
    await merger.close();
  }
}

/** Frames of at most as many genes as a frame holds, each with the sets that it names. */
function* geneFrames(index: WholeIndex, places: ReadonlyMap<number, number>): Generator<PackGenes> {
  const high = new Uint32Array(LIMITS.entries);
  const low = new Uint32Array(LIMITS.entries);
  const set = new Uint32Array(LIMITS.entries);
  let filled = 0;
  let sets: (readonly number[])[] = [];
  let known = new Map<number, number>();
  const whole = (): PackGenes => {
    const part = { high: high.slice(0, filled), low: low.slice(0, filled), set: set.slice(0, filled), sets };
    filled = 0;
    sets = [];
    known = new Map();
    return part;
  };
  const placeOf = (id: number): number => {
    let place = known.get(id);
    if (place === undefined) {
      place = sets.length;
      known.set(id, place);
      const { families } = index.labelSet(id);
      sets.push(families.map((number) => places.get(number) ?? 0).sort((a, b) => a - b));
    }
    return place;
  };
  for (const entries of index.entries()) {
    for (let i = 0; i < entries.high.length; i++) {
      high[filled] = entries.high[i] ?? 0;
      low[filled] = entries.low[i] ?? 0;
      set[filled] = placeOf(entries.value[i] ?? 0);
      filled++;
      if (filled === LIMITS.entries) yield whole();
    }
  }
  if (filled > 0) yield whole();
}

/** What the sources ask to be said. */
function attributionOf({ order, sources }: Snapshot): string {
  const parts = sources.filter(({ attribution }) => attribution !== '');
  const lines = parts.map(({ name, attribution, licence }) => `${name}: ${attribution} (${licence})`);
  return [order.attribution, ...lines]
    .filter((line) => line !== '')
    .join('\n')
    .slice(0, LIMITS.text);
}

async function headerOf(context: Context, snapshot: Snapshot, families: readonly FamilyRow[]): Promise<PackHeader> {
  const { order } = snapshot;
  return {
    scheme: SCHEME,
    instructionSets: await labelledInstructionSets(context.db, order.organisation),
    source: {
      name: order.name,
      licence: order.licence,
      tlp: order.tlp,
      attribution: attributionOf(snapshot),
      date: new Date().toISOString(),
    },
    families: families.map(({ name, type }) => ({ name, type })),
  };
}

async function* write(context: Context, snapshot: Snapshot): AsyncGenerator<Buffer> {
  const parent = packDirectory(context.config.data);
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const directory = await mkdtemp(join(parent, 'export-'));
  let index: WholeIndex | null = null;
  try {
    index = await buildIndex(context, snapshot, directory);
    const named = new Set(index.families());
    for await (const rows of labelPages(context, snapshot)) for (const { family } of rows) named.add(family);
    const families = snapshot.families.filter(({ number }) => named.has(number));
    const places = new Map(families.map(({ number }, place) => [number, place]));
    const writer = new PackWriter(SCHEME);
    yield writer.start(await headerOf(context, snapshot, families));
    for (const genes of geneFrames(index, places)) yield writer.genes(genes);
    for await (const rows of labelPages(context, snapshot)) {
      const labels: PackLabel[] = rows.map(({ sha256, layout, family }) => ({
        sha256,
        layout,
        family: places.get(family) ?? 0,
      }));
      yield writer.labels(labels);
    }
    yield writer.finish();
  } finally {
    index?.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * The chosen labels and their genes as a pack without a signature, which whoever asked appends: the server has no
 * key that others trust. AppError not_found, conflict.
 */
export async function exportPack(context: Context, order: PackExport): Promise<AsyncIterable<Buffer>> {
  const generation = await generationOf(context.db, order.organisation);
  const families = await chosenFamilies(context, order);
  const sources = await sourcesOf(context, order);
  checkTlp(sources, order.tlp);
  return write(context, { order, generation, families, sources });
}
