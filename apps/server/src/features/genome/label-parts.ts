import { decodeGeneSet, decodeSets } from '@genehound/genes';
import type { Log } from '@genehound/intake';
import type { Database } from '../../platform/database.ts';
import { COMMON_FAMILY, type LabelledGenes } from './gene-index/gene-index.ts';
import { type LabelledRow, labelledRows } from './index-store.ts';
import { type LabelFilter, type PackPart, packParts, speakingPacks } from './pack-store.ts';

/** Genes in one part: some 12 bytes each in memory, and about a second of merging. */
const GENES_PER_PART = 4_000_000;
/** Rows of labels in one query; a large sample's genes are 2 MB. */
const ROWS_PER_QUERY = 64;
const PACK_PARTS_PER_QUERY = 32;
/** Numbers of families are PostgreSQL's integers. */
const ANY_FAMILY = 2 ** 31;

/** Labels that follow each other, as the index takes them. */
export interface LabelPart {
  readonly labelled: readonly LabelledGenes[];
  /** Reached with this part; the one before where it holds a part of a generation only. */
  readonly generation: number;
  /** Id of the newest label or pack in it. */
  readonly last: string | null;
}

export interface LabelRange {
  readonly after: number;
  readonly until: number;
}

interface Reading {
  readonly db: Database;
  readonly scope: string;
  readonly log: Log;
  /** Revocations count up to this generation. */
  readonly asOf: number;
  readonly filter: LabelFilter;
}

/** One set of genes for each family that a part of a pack names. */
function labelledOf({ genes, sets }: PackPart): readonly LabelledGenes[] {
  const { high, low, problems } = decodeGeneSet(genes);
  if (problems.length > 0) throw new Error('Stored genes of a pack are damaged');
  const decoded = decodeSets(sets, high.length, ANY_FAMILY);
  const byFamily = new Map<number, number[]>();
  for (let i = 0; i < high.length; i++) {
    const set = decoded.sets[decoded.set[i] ?? 0] ?? [];
    for (const family of set.length === 0 ? [COMMON_FAMILY] : set) {
      const places = byFamily.get(family);
      if (places === undefined) byFamily.set(family, [i]);
      else places.push(i);
    }
  }
  return [...byFamily].map(([family, places]) => ({
    family,
    genes: {
      high: Uint32Array.from(places, (i) => high[i] ?? 0),
      low: Uint32Array.from(places, (i) => low[i] ?? 0),
    },
  }));
}

function labelledRow({ log }: Reading, row: LabelledRow): LabelledGenes | null {
  if (row.genes === null) return null;
  const genes = decodeGeneSet(row.genes);
  for (const problem of genes.problems) log.error({ label: row.id, problem }, 'stored genes are damaged');
  return { genes, family: row.family };
}

async function* ofSamples(reading: Reading, { after, until }: LabelRange): AsyncGenerator<LabelPart> {
  let behind = { generation: 0, sequence: 0 };
  let reached = after;
  for (let done = false; !done; ) {
    const labelled: LabelledGenes[] = [];
    let last: string | null = null;
    for (let genes = 0; genes < GENES_PER_PART && !done; ) {
      const { db, scope, asOf, filter } = reading;
      const rows = await labelledRows(db, scope, { after, until, asOf }, behind, ROWS_PER_QUERY, filter);
      for (const row of rows) {
        // A generation is reached when the first label of the next one is seen, the last at the end.
        if (row.generation > behind.generation && behind.generation > 0) reached = behind.generation;
        behind = row;
        last = row.id;
        const set = labelledRow(reading, row);
        if (set === null) continue;
        labelled.push(set);
        genes += set.genes.high.length;
      }
      done = rows.length < ROWS_PER_QUERY;
    }
    yield { labelled, generation: done ? until : reached, last };
  }
}

async function* ofPack(reading: Reading, id: string, generation: number): AsyncGenerator<LabelPart> {
  let behind = -1;
  for (let done = false; !done; ) {
    const labelled: LabelledGenes[] = [];
    for (let genes = 0; genes < GENES_PER_PART && !done; ) {
      const parts = await packParts(reading.db, reading.scope, id, behind, PACK_PARTS_PER_QUERY);
      for (const part of parts) {
        behind = part.part;
        const sets = labelledOf(part);
        labelled.push(...sets);
        genes += sets.reduce((sum, set) => sum + set.genes.high.length, 0);
      }
      done = parts.length < PACK_PARTS_PER_QUERY;
    }
    yield { labelled, generation: done ? generation : generation - 1, last: done ? id : null };
  }
}

/**
 * What spoke first in (after, until] and holds at `until`, in that order: the genes of labelled samples and of packs,
 * in parts that fit into memory. The last one reaches `until`, though it may be empty.
 */
export async function* labelParts(
  db: Database,
  scope: string,
  range: LabelRange,
  log: Log,
  filter: LabelFilter = {},
): AsyncGenerator<LabelPart> {
  const reading: Reading = { db, scope, log, asOf: range.until, filter };
  let after = range.after;
  const hasFilter = filter.family !== undefined || filter.source !== undefined;
  for (const pack of hasFilter ? [] : await speakingPacks(db, scope, range, range.until)) {
    for await (const part of ofSamples(reading, { after, until: pack.generation - 1 })) {
      if (part.labelled.length > 0) yield part;
    }
    yield* ofPack(reading, pack.id, pack.generation);
    after = pack.generation;
  }
  yield* ofSamples(reading, { after, until: range.until });
}
