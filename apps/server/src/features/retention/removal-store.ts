import { type RawBuilder, sql } from 'kysely';
import { BLOBS_LOCK } from '../../platform/backup/rows.ts';
import type { Database, Tx } from '../../platform/database.ts';

/** A legal hold over the whole organisation. */
const ALL_HELD = (organisation: string) => sql`exists (select from legal_hold h
  where h.organisation = ${organisation} and h.lifted_at is null and h.kind = 'organisation')`;

/** Scans that accuse nobody, are not an endpoint's newest, and that no hold and no open case keeps. */
const DUE_SCANS = (organisation: string, days: number): RawBuilder<unknown> => sql`
  from scan s where s.organisation = ${organisation} and s.removed_at is null
    and s.finished_at < now() - ${days} * interval '1 day'
    and (s.state = 'failed' or s.state = 'done' and s.verdict in ('no_threats', 'incomplete'))
    and (s.endpoint_id is null or exists (select from scan later where later.organisation = s.organisation
      and later.endpoint_id = s.endpoint_id and later.state = 'done' and later.created_at > s.created_at))
    and not ${ALL_HELD(organisation)}
    and not exists (select from legal_hold h where h.organisation = s.organisation and h.lifted_at is null
      and (h.kind = 'scan' and h.subject = s.id or h.kind = 'endpoint' and h.subject = s.endpoint_id))
    and not exists (select from work_case w where w.organisation = s.organisation and w.endpoint_id = s.endpoint_id
      and w.state <> 'closed')`;

export async function countDueScans(db: Database, organisation: string, days: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count ${DUE_SCANS(organisation, days)}`.execute(
    db,
  );
  return rows[0]?.count ?? 0;
}

/** Removes what some of the due scans delivered; how many. The rest of their rows stays. */
export async function emptyScans(tx: Tx, organisation: string, days: number, limit: number): Promise<number> {
  const { rows } = await sql<{ id: string }>`select s.id ${DUE_SCANS(organisation, days)}
    order by s.finished_at limit ${limit} for update of s skip locked`.execute(tx);
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) return 0;
  const some = sql`organisation = ${organisation} and scan_id = any(${ids}::uuid[])`;
  const parts = await sql<{ content: Buffer }>`delete from scan_part where ${some} returning content`.execute(tx);
  await sql`delete from sighting where ${some}`.execute(tx);
  await sql`delete from scan_artifact where ${some}`.execute(tx);
  await sql`delete from scan_problem where ${some}`.execute(tx);
  await sql`update scan set removed_at = now(), report = null, source_address = null
    where organisation = ${organisation} and id = any(${ids}::uuid[])`.execute(tx);
  await sql`delete from content c where c.organisation = ${organisation}
    and c.sha256 = any(${parts.rows.map(({ content }) => content)}::bytea[])
    and not exists (select from scan_part p where p.organisation = c.organisation and p.content = c.sha256)`.execute(
    tx,
  );
  return ids.length;
}

/** Blobs whose every layout is analysed, not accused, not labelled, and on no endpoint that a hold names. */
const FREE_CODE = (organisation: string): RawBuilder<unknown> => sql`
  a.organisation = ${organisation} and a.stored and a.removed_at is null and a.state not in ('queued', 'running')
    and not ${ALL_HELD(organisation)}
    and not exists (select from label l where l.organisation = a.organisation and l.sha256 = a.sha256 and not exists (
      select from label_revocation r where r.organisation = l.organisation and r.label_id = l.id))
    and not exists (select from verdict v where v.organisation = a.organisation and v.sha256 = a.sha256
      and v.verdict in ('malicious', 'suspicious'))
    and not exists (select from artifact_endpoint e join legal_hold h on h.organisation = e.organisation
        and h.lifted_at is null and (h.kind = 'endpoint' and h.subject = e.endpoint_id or h.kind = 'scan'
          and exists (select from scan s where s.organisation = h.organisation and s.id = h.subject
            and s.endpoint_id = e.endpoint_id))
      where e.organisation = a.organisation and e.sha256 = a.sha256)`;

export interface CodeBounds {
  readonly days: number | null;
  readonly bytes: number | null;
}

const DUE_CODE = (organisation: string, { days, bytes }: CodeBounds): RawBuilder<unknown> => {
  const old = days === null ? sql`false` : sql`a.received_at < now() - ${days} * interval '1 day'`;
  const much = bytes === null ? sql`false` : sql`a.running > ${bytes}`;
  return sql`from (select x.*, sum(size) over (order by received_at desc, sha256, layout) as running from artifact x
      where x.organisation = ${organisation} and x.stored and x.removed_at is null) a
    where ${FREE_CODE(organisation)} and (${old} or ${much})`;
};

export async function countDueCode(
  db: Database,
  organisation: string,
  bounds: CodeBounds,
): Promise<{ readonly artifacts: number; readonly bytes: number }> {
  if (bounds.days === null && bounds.bytes === null) return { artifacts: 0, bytes: 0 };
  const { rows } = await sql<{ artifacts: number; bytes: number }>`
    select count(*)::int as artifacts, coalesce(sum(a.size), 0)::bigint as bytes
    ${DUE_CODE(organisation, bounds)}`.execute(db);
  return rows[0] ?? { artifacts: 0, bytes: 0 };
}

/** False while a backup is copying blobs. Held until the transaction ends. */
export async function mayRemoveBlobs(tx: Tx): Promise<boolean> {
  const { rows } = await sql<{ free: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended(${BLOBS_LOCK}, 0)) as free`.execute(tx);
  return rows[0]?.free === true;
}

/** Notes of some of the due code that its bytes are gone; the files are removed after the commit. */
export async function markRemoved(tx: Tx, organisation: string, bounds: CodeBounds, limit: number): Promise<number> {
  const { rows } = await sql<{ sha256: string }>`
    with due as (select distinct a.sha256 ${DUE_CODE(organisation, bounds)} limit ${limit})
    update artifact a set removed_at = now() from due where a.organisation = ${organisation} and a.sha256 = due.sha256
      and ${FREE_CODE(organisation)} returning encode(a.sha256, 'hex') as sha256`.execute(tx);
  return rows.length;
}

/** Bytes that are to be gone, in order: of the last days, since a kill may have come between the row and its file. */
export async function removedOfLate(
  tx: Tx,
  organisation: string,
  after: string,
  limit: number,
): Promise<readonly string[]> {
  const { rows } = await sql<{ sha256: string }>`select distinct encode(a.sha256, 'hex') as sha256 from artifact a
    where a.organisation = ${organisation} and a.sha256 > decode(${after}, 'hex')
      and a.removed_at > now() - interval '3 days' and not exists (select from artifact b
        where b.organisation = a.organisation and b.sha256 = a.sha256 and b.stored and b.removed_at is null)
    order by 1 limit ${limit}`.execute(tx);
  return rows.map(({ sha256 }) => sha256);
}

const DUE_NOTIFICATIONS = (organisation: string, days: number): RawBuilder<unknown> => sql`from notification
  where organisation = ${organisation} and state <> 'queued' and created_at < now() - ${days} * interval '1 day'
    and not ${ALL_HELD(organisation)}`;

export async function countDueNotifications(db: Database, organisation: string, days: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count ${DUE_NOTIFICATIONS(organisation, days)}`.execute(db);
  return rows[0]?.count ?? 0;
}

export async function removeNotifications(tx: Tx, organisation: string, days: number): Promise<number> {
  const { numAffectedRows } = await sql`delete ${DUE_NOTIFICATIONS(organisation, days)}`.execute(tx);
  return Number(numAffectedRows ?? 0n);
}
