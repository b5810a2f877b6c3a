import type { Layout } from '@genehound/contract';
import { sql } from 'kysely';
import { type Database, digest, type Tx } from '../../platform/database.ts';
import { ANALYSE } from './jobs.ts';

/**
 * In which order artifacts are analysed while many wait, as in the first hours of a hunt over thousands of endpoints:
 * code with findings and code without a file first, then what somebody asked for by hand, then files, the rarest first.
 * What all endpoints have is worth least of all and holds up every scan alike; what one has may be why the hunt is held.
 */
export const PRIORITY = { finding: 1_000_000, asked: 900_000, file: 500_000 } as const;

export const priorityOf = (layout: Layout): number => (layout === 'file' ? PRIORITY.file : PRIORITY.finding);

/** Fewer orders that wait are done before their order matters. */
const BACKLOG = 200;
/** Endpoints that are counted of one file, and orders of one look. */
const MOST_ENDPOINTS = 1_024;
const MOST_ORDERS = 20_000;

const WAITING = sql`name = ${ANALYSE.name} and state in ('created', 'retry')`;

/** Orders of files that a finding names, and that wait: first of all from now on. */
export async function promote(
  tx: Tx,
  organisation: string,
  named: readonly { readonly sha256?: string | undefined; readonly layout?: Layout | undefined }[],
): Promise<void> {
  const hashes = named.flatMap(({ sha256, layout = 'file' }) =>
    sha256 === undefined || layout !== 'file' ? [] : [digest(sha256)],
  );
  if (hashes.length === 0) return;
  // By the primary key; orders cannot be found by what they are about without reading all of them.
  const { rows } = await sql<{ sha256: string }>`select encode(sha256, 'hex') as sha256 from artifact
    where organisation = ${organisation} and sha256 = any(${hashes}::bytea[]) and layout = 'file'
      and state = 'queued'`.execute(tx);
  if (rows.length === 0) return;
  await sql`update pgboss.job set priority = ${PRIORITY.finding} where ${WAITING} and priority < ${PRIORITY.finding}
    and data ->> 'organisation' = ${organisation} and data ->> 'sha256' = any(${rows.map((row) => row.sha256)}::text[])`.execute(
    tx,
  );
}

/**
 * Orders the files that wait by how many endpoints have them, in steps of a factor of two so that few rows change.
 * Answers how many orders have another place.
 */
export async function orderByRarity(db: Database): Promise<number> {
  const backlog = await sql`select from pgboss.job where ${WAITING} offset ${BACKLOG} limit 1`.execute(db);
  if (backlog.rows.length === 0) return 0;
  const { numAffectedRows } = await sql`
    with waiting as materialized (
      select id, priority, (data ->> 'organisation')::uuid as organisation, decode(data ->> 'sha256', 'hex') as sha256
      from pgboss.job where ${WAITING} and priority <= ${PRIORITY.file} limit ${MOST_ORDERS}),
    counted as (
      select w.id, w.priority, ${PRIORITY.file} - floor(log(2, greatest(1, o.open + k.known)))::integer as place
      from waiting w
      cross join lateral (select count(*)::numeric as open from (select from scan_artifact s
        where s.organisation = w.organisation and s.sha256 = w.sha256 and s.layout = 'file' limit ${MOST_ENDPOINTS}) x) o
      cross join lateral (select count(*)::numeric as known from (select from artifact_endpoint e
        where e.organisation = w.organisation and e.sha256 = w.sha256 and e.layout = 'file' limit ${MOST_ENDPOINTS}) x) k)
    update pgboss.job j set priority = c.place from counted c
    where j.name = ${ANALYSE.name} and j.id = c.id and j.state in ('created', 'retry') and c.place <> c.priority`.execute(
    db,
  );
  return Number(numAffectedRows ?? 0n);
}
