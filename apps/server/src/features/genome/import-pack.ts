import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError, FAMILY_TYPES, GLOBAL_ORGANISATION, TLPS } from '@genehound/contract';
import {
  encodeGeneSet,
  encodeSets,
  PackError,
  type PackEvent,
  type PackGenes,
  type PackHeader,
  PackReader,
  type PackTotals,
  SCHEME,
} from '@genehound/genes';
import { asBodyError, asDiskFull, requireFree } from '@genehound/intake';
import type { Context } from '../../platform/context.ts';
import { inTransaction, type Tx } from '../../platform/database.ts';
import { appendAudit } from '../accounts/read.ts';
import { REJUDGE } from '../analysis/jobs.ts';
import { putFamily } from './label-store.ts';
import { insertPackLabels, insertPart, type PackPart } from './pack-store.ts';
import {
  activateSource,
  findSource,
  insertSource,
  listSigners,
  type SourceRow,
  standingSource,
} from './source-store.ts';

const WORDS = { types: FAMILY_TYPES, tlps: TLPS };

function refused(details: string): AppError {
  return new AppError('pack_refused', { details });
}

/** Everything in the pack, one frame at a time. AppError pack_refused. */
async function* eventsOf(path: string): AsyncGenerator<PackEvent> {
  const reader = new PackReader(WORDS);
  try {
    for await (const bytes of createReadStream(path, { highWaterMark: 2 ** 20 })) yield* reader.push(bytes);
    reader.end();
  } catch (error) {
    throw error instanceof PackError ? refused(error.message) : error;
  }
}

interface Verified {
  readonly header: PackHeader;
  readonly publicKey: string;
  readonly totals: PackTotals;
}

/** Reads all of it before anything of it is believed. AppError pack_refused. */
async function verify(path: string): Promise<Verified> {
  let header: PackHeader | null = null;
  for await (const event of eventsOf(path)) {
    if (event.kind === 'header') header = event.header;
    if (event.kind === 'header' && event.header.scheme !== SCHEME)
      throw refused(`its genes are of scheme ${event.header.scheme}, this server's of ${SCHEME}`);
    if (event.kind === 'signed' && header !== null) return { header, publicKey: event.publicKey, totals: event.totals };
  }
  throw refused('it has no signature');
}

/** Bytes of a pack, and its parts, after which it is asked again whether the disk has room for more. */
const BYTES_PER_LOOK = 2 ** 26;
const PARTS_PER_LOOK = 64;

/** A pack may be larger than the disk: it must not take the room that the database needs, which is everybody's. */
class Hasher extends Transform {
  readonly hash = createHash('sha256');
  readonly #look: () => Promise<void>;
  #unlooked = 0;
  constructor(look: () => Promise<void>) {
    super();
    this.#look = look;
  }
  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.hash.update(chunk);
    this.#unlooked += chunk.length;
    if (this.#unlooked < BYTES_PER_LOOK) {
      done(null, chunk);
      return;
    }
    this.#unlooked = 0;
    this.#look().then(() => done(null, chunk), done);
  }
}

/** The families of the pack by their place, as ids and numbers. AppError conflict. */
async function putFamilies(
  tx: Tx,
  organisation: string,
  { families }: PackHeader,
): Promise<readonly { readonly id: string; readonly number: number }[]> {
  const result: { readonly id: string; readonly number: number }[] = [];
  for (const { name, type } of families) {
    const family = await putFamily(tx, organisation, name, type);
    if (family.type !== type) {
      const details = `The family ${family.name} is there as ${family.type}; the pack has it as ${type}`;
      throw new AppError('conflict', { details });
    }
    result.push(family);
  }
  return result;
}

/** As it is stored: families by their numbers. */
function partOf(genes: PackGenes, numbers: readonly number[]): PackPart {
  const sets = genes.sets.map((set) => set.map((place) => numbers[place] ?? 0).sort((a, b) => a - b));
  return { genes: encodeGeneSet(genes, SCHEME), sets: encodeSets({ set: genes.set, sets }) };
}

/** Packs on their way in or out: none of them outlives the process. */
export function packDirectory(data: string): string {
  return join(data, 'packs');
}

/** Removes what a killed run was receiving or giving; before the first request. */
export async function clearPacks(data: string): Promise<void> {
  await rm(packDirectory(data), { recursive: true, force: true });
}

export interface PackImport {
  readonly organisation: string;
  readonly actor: string;
  /** The organisation of whoever imports: the act is in its audit. */
  readonly by: string;
}

interface Received {
  readonly path: string;
  readonly sha256: Buffer;
  readonly look: () => Promise<void>;
}

async function store(tx: Tx, order: PackImport, pack: Verified, { path, sha256, look }: Received): Promise<string> {
  const { organisation, actor } = order;
  const { header, publicKey, totals } = pack;
  const { name, licence, tlp, attribution, date } = header.source;
  const id = await insertSource(tx, {
    organisation,
    kind: 'pack',
    name,
    licence,
    tlp,
    attribution,
    dated: new Date(date),
    signer: Buffer.from(publicKey, 'hex'),
    sha256,
    createdBy: actor,
  });
  const families = await putFamilies(tx, organisation, header);
  const numbers = families.map(({ number }) => number);
  let part = 0;
  for await (const event of eventsOf(path)) {
    if (event.kind === 'genes') {
      if (part % PARTS_PER_LOOK === 0) await look();
      await insertPart(tx, { organisation, id }, part++, partOf(event.genes, numbers));
    } else if (event.kind === 'labels') {
      const labels = event.labels.map(({ sha256: hash, layout, family }) => ({
        sha256: hash,
        layout,
        family: families[family]?.id ?? '',
      }));
      await insertPackLabels(tx, { organisation, id, name, actor }, labels);
    }
  }
  await activateSource(tx, organisation, id, totals);
  return id;
}

/** The signer must be one of those of the scope; an organisation takes those of the global genome, too. */
async function checkSigner({ db }: Context, organisation: string, publicKey: string): Promise<void> {
  const signers = await listSigners(db, [...new Set([GLOBAL_ORGANISATION, organisation])]);
  if (signers.some((signer) => signer.publicKey.toString('hex') === publicKey)) return;
  throw refused(`it is signed by ${publicKey}, whose packs are not taken here`);
}

/**
 * Receives, verifies and imports a pack, all or nothing; its genes speak as one generation. AppError pack_refused,
 * conflict, disk_full, too_large.
 */
export async function importPack(
  context: Context,
  order: PackImport,
  body: Readable,
): Promise<{ readonly source: SourceRow; readonly known: boolean }> {
  const { db, config, jobs } = context;
  const { organisation, actor } = order;
  const directory = packDirectory(config.data);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const look = (): Promise<void> => requireFree(directory, config.minimumFreeBytes);
  await look();
  const path = join(directory, randomUUID());
  try {
    const hasher = new Hasher(look);
    try {
      await pipeline(body, hasher, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
    } catch (error) {
      throw asDiskFull(asBodyError(error));
    }
    const sha256 = hasher.hash.digest();
    const pack = await verify(path);
    await checkSigner(context, organisation, pack.publicKey);
    return await inTransaction(db, async (tx) => {
      const before = await standingSource(tx, organisation, pack.header.source.name);
      if (before?.sha256?.equals(sha256) === true) return { source: before, known: true };
      if (before !== null) {
        const details = `There is a source ${before.name} already; revoke it, or give the pack another name`;
        throw new AppError('conflict', { details });
      }
      const id = await store(tx, order, pack, { path, sha256, look });
      const details = { name: pack.header.source.name, signer: pack.publicKey, ...pack.totals };
      await appendAudit(tx, { organisation: order.by, actor, action: 'import-pack', subject: id, details });
      await jobs.enqueue(tx, REJUDGE, [{ scope: organisation }]);
      const source = await findSource(tx, [organisation], id);
      if (source === null) throw new Error('The source is not there');
      return { source, known: false };
    });
  } finally {
    await rm(path, { force: true });
  }
}
