import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import { AppError } from '@genehound/contract';
import { sql } from 'kysely';
import type { Database, Tx } from '../../platform/database.ts';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Bounds of one scan. 5,000 processes with 200 modules each have 200 MB. */
const MOST_PARTS = 20_000;
const MOST_BYTES = 268_435_456;

export interface StoredPart {
  readonly message: string;
  readonly part: number;
  /** Of the body, as hexadecimal text. */
  readonly sha256: string;
  /** The message's JSON, as it came. */
  readonly body: Uint8Array;
}

export interface PackedPart {
  readonly sha256: Buffer;
  readonly size: number;
  readonly body: Buffer;
}

/** Hash and compressed form; outside of any transaction, since it takes time. */
export async function packPart(body: Uint8Array): Promise<PackedPart> {
  return { sha256: createHash('sha256').update(body).digest(), size: body.length, body: await compress(body) };
}

export interface PartKey {
  readonly organisation: string;
  readonly scanId: string;
  readonly message: string;
  /** A number of the message's own (a pid); null numbers parts as they come. */
  readonly part: number | null;
}

async function measure(tx: Tx, key: PartKey): Promise<{ parts: number; bytes: number }> {
  const row = await tx
    .selectFrom('scan_part')
    .innerJoin('content', (join) =>
      join
        .onRef('content.organisation', '=', 'scan_part.organisation')
        .onRef('content.sha256', '=', 'scan_part.content'),
    )
    .select((select) => [
      select.fn.countAll<number>().as('parts'),
      sql<number>`coalesce(sum(content.size), 0)::bigint`.as('bytes'),
    ])
    .where('scan_part.organisation', '=', key.organisation)
    .where('scan_part.scan_id', '=', key.scanId)
    .executeTakeFirstOrThrow();
  return row;
}

/**
 * Keeps a part, its content once an organisation. The same content for the same message again is a client's retry
 * and changes nothing. The caller holds the scan's row lock. AppError too_large beyond what one scan may hold.
 */
export async function addPart(tx: Tx, key: PartKey, packed: PackedPart): Promise<void> {
  const { organisation, scanId, message } = key;
  const twin = await tx
    .selectFrom('scan_part')
    .select('part')
    .where('organisation', '=', organisation)
    .where('scan_id', '=', scanId)
    .where('message', '=', message)
    .where('content', '=', packed.sha256)
    .where((where) => (key.part === null ? where.lit(true) : where('part', '=', key.part)))
    .executeTakeFirst();
  if (twin !== undefined) return;
  const held = await measure(tx, key);
  if (held.parts >= MOST_PARTS || held.bytes + packed.size > MOST_BYTES)
    throw new AppError('too_large', { limit: MOST_BYTES });
  await tx
    .insertInto('content')
    .values({ organisation, sha256: packed.sha256, size: packed.size, body: packed.body })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const part =
    key.part ??
    sql<number>`(select coalesce(max(part) + 1, 0) from scan_part
      where organisation = ${organisation} and scan_id = ${scanId} and message = ${message})`;
  await tx
    .insertInto('scan_part')
    .values({ organisation, scan_id: scanId, message, part, content: packed.sha256 })
    .onConflict((conflict) =>
      conflict.columns(['organisation', 'scan_id', 'message', 'part']).doUpdateSet({ content: packed.sha256 }),
    )
    .execute();
}

/** One content of an organisation, by its hash; null where there is none, or it is larger than `most` bytes. */
export async function readContent(
  db: Database,
  organisation: string,
  sha256: string,
  most: number,
): Promise<Uint8Array | null> {
  const row = await db
    .selectFrom('content')
    .select('body')
    .where('organisation', '=', organisation)
    .where('sha256', '=', Buffer.from(sha256, 'hex'))
    .where('size', '<=', most)
    .executeTakeFirst();
  return row === undefined ? null : await decompress(row.body);
}

/** Parts that are read from the database at once. */
const PARTS_AT_ONCE = 16;

/** All parts of a scan, one message after the other; never all of them in memory. */
export async function* readParts(
  db: Database | Tx,
  organisation: string,
  scanId: string,
): AsyncGenerator<StoredPart, void> {
  const keys = await db
    .selectFrom('scan_part')
    .select(['message', 'part', 'content'])
    .where('organisation', '=', organisation)
    .where('scan_id', '=', scanId)
    .orderBy('message')
    .orderBy('part')
    .execute();
  for (let from = 0; from < keys.length; from += PARTS_AT_ONCE) {
    const some = keys.slice(from, from + PARTS_AT_ONCE);
    const rows = await db
      .selectFrom('content')
      .select(['sha256', 'body'])
      .where('organisation', '=', organisation)
      .where(
        'sha256',
        'in',
        some.map((key) => key.content),
      )
      .execute();
    const bodies = new Map(rows.map((row) => [row.sha256.toString('hex'), row.body]));
    for (const { message, part, content } of some) {
      const hash = content.toString('hex');
      const body = bodies.get(hash);
      // The foreign key keeps content as long as a part names it.
      if (body !== undefined) yield { message, part, sha256: hash, body: await decompress(body) };
    }
  }
}

export { compress as packDocument, decompress as unpackDocument };
