import type { Layout } from '@genehound/contract';
import { sql } from 'kysely';
import { type Database, digest, type Tx, text } from '../../platform/database.ts';

export interface ScanRef {
  readonly organisation: string;
  readonly id: string;
}

export interface NewScan extends ScanRef {
  readonly uploadId: string;
  readonly huntId: string | null;
  /** Of the hunt; null outside of one. */
  readonly round: number | null;
  readonly keyId: string | null;
  readonly scanType: string | null;
  readonly scannerVersion: string | null;
  readonly address: string;
  readonly claimedStart: number | null;
}

/** False where the id is taken in this organisation. */
export async function insertScan(tx: Tx, scan: NewScan): Promise<boolean> {
  const row = await tx
    .insertInto('scan')
    .values({
      organisation: scan.organisation,
      id: scan.id,
      upload_id: scan.uploadId,
      hunt_id: scan.huntId,
      round: scan.round,
      key_id: scan.keyId,
      scan_type: scan.scanType === null ? null : text(scan.scanType),
      scanner_version: scan.scannerVersion === null ? null : text(scan.scannerVersion),
      source_address: scan.address,
      claimed_start: scan.claimedStart,
    })
    .onConflict((conflict) => conflict.columns(['organisation', 'id']).doNothing())
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * The upload of an open scan with this id that the same key opened by the same message, or null: a client that lost
 * our answer asks again.
 */
export async function findTwin(
  tx: Tx,
  scan: ScanRef,
  keyId: string | null,
  message: Uint8Array,
): Promise<string | null> {
  const row = await tx
    .selectFrom('scan')
    .innerJoin('scan_part', (join) =>
      join.onRef('scan_part.organisation', '=', 'scan.organisation').onRef('scan_part.scan_id', '=', 'scan.id'),
    )
    .select('scan.upload_id')
    .where('scan.organisation', '=', scan.organisation)
    .where('scan.id', '=', scan.id)
    .where('scan.state', '=', 'receiving')
    .where(sql<boolean>`scan.key_id is not distinct from ${keyId}::uuid`)
    .where('scan_part.message', '=', 'scanner_info')
    .where('scan_part.content', '=', Buffer.from(message))
    .executeTakeFirst();
  return row?.upload_id ?? null;
}

export interface UploadRow extends ScanRef {
  readonly state: string;
  readonly keyId: string | null;
}

/** Finds the scan of an upload and notes that it was heard of, at most every half minute. */
export async function findUpload(db: Database, organisation: string, uploadId: string): Promise<UploadRow | null> {
  const row = await db
    .selectFrom('scan')
    .select(['organisation', 'id', 'state', 'key_id as keyId'])
    .where('organisation', '=', organisation)
    .where('upload_id', '=', uploadId)
    .executeTakeFirst();
  if (row === undefined) return null;
  await db
    .updateTable('scan')
    .set({ heard_at: sql<Date>`now()` })
    .where('organisation', '=', organisation)
    .where('id', '=', row.id)
    .where(sql<boolean>`heard_at < now() - interval '30 seconds'`)
    .execute();
  return row;
}

/** Locks the scan for this transaction; its state, or null where there is no such scan. */
export async function lockScan(tx: Tx, scan: ScanRef): Promise<string | null> {
  const row = await tx
    .selectFrom('scan')
    .select('state')
    .where('organisation', '=', scan.organisation)
    .where('id', '=', scan.id)
    .forUpdate()
    .executeTakeFirst();
  return row?.state ?? null;
}

/** An end without a reason is one that never came: the scan fell silent. */
export async function endScan(tx: Tx, scan: ScanRef, reason: string | null, claimedEnd: number | null): Promise<void> {
  await tx
    .updateTable('scan')
    .set({
      state: 'analysing',
      end_reason: reason,
      ended_at: sql<Date>`now()`,
      heard_at: sql<Date>`now()`,
      claimed_end: claimedEnd,
    })
    .where('organisation', '=', scan.organisation)
    .where('id', '=', scan.id)
    .execute();
}

/** Problems kept of one scan; a client that is refused again and again must not fill the database. */
export const MOST_PROBLEMS = 1_000;

export interface NewProblem {
  /** The message of the protocol that is lost by it. */
  readonly about?: string | null;
  readonly code: string;
  readonly message: string;
}

/** Beyond MOST_PROBLEMS only the first loss of each message is still kept: without it the scan would seem whole. */
export async function insertProblem(db: Database | Tx, scan: ScanRef, problem: NewProblem): Promise<void> {
  const about = problem.about ?? null;
  await sql`insert into scan_problem (organisation, scan_id, about, code, message)
    select ${scan.organisation}, ${scan.id}, ${about}, ${problem.code}, ${text(problem.message).slice(0, 2_000)}
    where (select count(*) from scan_problem where organisation = ${scan.organisation} and scan_id = ${scan.id}) < ${MOST_PROBLEMS}
      or ${about}::text is not null and not exists (select from scan_problem
        where organisation = ${scan.organisation} and scan_id = ${scan.id} and about = ${about})`.execute(db);
}

export interface Announcement {
  readonly sha256: string;
  readonly layout: Layout;
  /** As the endpoint claims; null where it does not say. */
  readonly size: number | null;
  /** True for memory of which the client does not say in which of the two memory layouts it will come. */
  readonly either?: boolean;
}

/** Those of `hashes` whose bytes this organisation has in one of the layouts. */
export async function findStored(
  tx: Tx,
  organisation: string,
  layouts: readonly Layout[],
  hashes: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ sha256: Buffer }>`select distinct sha256 from artifact
    where organisation = ${organisation} and layout = any(${[...layouts]}::text[]) and stored
      and sha256 = any(${hashes.map(digest)}::bytea[])`.execute(tx);
  return new Set(rows.map((row) => row.sha256.toString('hex')));
}

/** Notes what the scan announced; asked for once is asked for, whatever a later message says. */
export async function insertAnnouncements(
  tx: Tx,
  scan: ScanRef,
  items: readonly Announcement[],
  wanted: ReadonlySet<string>,
): Promise<void> {
  if (items.length === 0) return;
  await sql`insert into scan_artifact (organisation, scan_id, sha256, layout, size, wanted)
    select ${scan.organisation}, ${scan.id}, * from unnest(
      ${items.map((item) => digest(item.sha256))}::bytea[], ${items.map((item) => item.layout)}::text[],
      ${items.map((item) => item.size)}::bigint[], ${items.map((item) => wanted.has(item.sha256))}::boolean[])
    on conflict (organisation, scan_id, sha256, layout) do update set wanted = scan_artifact.wanted or excluded.wanted`.execute(
    tx,
  );
}

/** In which layouts the scan announced these bytes. */
export async function announcedLayouts(db: Database | Tx, scan: ScanRef, sha256: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('scan_artifact')
    .select('layout')
    .where('organisation', '=', scan.organisation)
    .where('scan_id', '=', scan.id)
    .where('sha256', '=', digest(sha256))
    .execute();
  return rows.map((row) => row.layout);
}

/** Files that a global label names: judged by it alone, without their bytes. */
export async function insertLabelled(tx: Tx, organisation: string, items: readonly Announcement[]): Promise<void> {
  if (items.length === 0) return;
  await sql`insert into artifact (organisation, sha256, layout, size, stored, state)
    select ${organisation}, sha256, 'file', coalesce(size, 0), false, 'done'
    from unnest(${items.map((item) => digest(item.sha256))}::bytea[], ${items.map((item) => item.size)}::bigint[]) as item (sha256, size)
    order by sha256
    on conflict (organisation, sha256, layout) do nothing`.execute(tx);
}

/**
 * Of these the artifacts that a label named before anybody announced them: nothing has judged them, and a scan waits for
 * that whether or not their bytes come.
 */
export async function unjudgedAmong(
  tx: Tx,
  organisation: string,
  items: readonly Announcement[],
): Promise<readonly { readonly sha256: string; readonly layout: Layout }[]> {
  if (items.length === 0) return [];
  const { rows } = await sql<{ sha256: string; layout: Layout }>`
    select distinct encode(a.sha256, 'hex') as sha256, a.layout
    from unnest(${items.map((item) => digest(item.sha256))}::bytea[], ${items.map((item) => item.layout)}::text[])
      as item (sha256, layout)
    join artifact a on a.organisation = ${organisation} and a.sha256 = item.sha256 and a.layout = item.layout
    where a.state = 'done' and not a.stored and not exists (select from verdict v
      where v.organisation = a.organisation and v.sha256 = a.sha256 and v.layout = a.layout)`.execute(tx);
  return rows;
}

/** Scans in `receiving` that were not heard of for `seconds`. */
export async function findSilent(db: Database, seconds: number): Promise<readonly ScanRef[]> {
  return await db
    .selectFrom('scan')
    .select(['organisation', 'id'])
    .where('state', '=', 'receiving')
    .where(sql<boolean>`heard_at < now() - make_interval(secs => ${seconds})`)
    .limit(1_000)
    .execute();
}

/** Scans that have ended and are not judged. */
export async function findUnjudged(db: Database): Promise<readonly ScanRef[]> {
  return await db.selectFrom('scan').select(['organisation', 'id']).where('state', '=', 'analysing').execute();
}
