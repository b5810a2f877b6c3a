import { type RawBuilder, sql } from 'kysely';
import { BLOBS_LOCK, tablesInOrder } from '../../platform/backup/rows.ts';
import { type Database, inTransaction, type Tx } from '../../platform/database.ts';

/** Tables whose rows nobody may remove, by triggers; last in the order. */
const GUARDED = ['audit_link', 'audit'];

export interface Head {
  readonly records: number;
  readonly digest: string | null;
}

/** How many records the audit log of an organisation has, and the last digest of its chain. */
export async function auditHead(tx: Tx, organisation: string): Promise<Head> {
  const { rows } = await sql<{ records: number; digest: string | null }>`
    select count(*)::int as records, (array_agg(encode(digest, 'hex') order by position desc))[1] as digest
    from audit_link where organisation = ${organisation}`.execute(tx);
  return rows[0] ?? { records: 0, digest: null };
}

export async function findOrganisation(tx: Tx, id: string): Promise<{ readonly name: string } | null> {
  const row = await tx.selectFrom('organisation').select('name').where('id', '=', id).forUpdate().executeTakeFirst();
  return row ?? null;
}

/** From here on nobody gets in, and nothing of it is worked on that does not run already. */
export async function closeOrganisation(tx: Tx, id: string, actor: string): Promise<Date> {
  await sql`delete from session where organisation = ${id}`.execute(tx);
  await sql`delete from access_token where organisation = ${id}`.execute(tx);
  await sql`update api_key set revoked_at = coalesce(revoked_at, now()) where organisation = ${id}`.execute(tx);
  await sql`update user_account set disabled_at = coalesce(disabled_at, now()) where organisation = ${id}`.execute(tx);
  await sql`update hunt set next_round_at = null, closed_at = coalesce(closed_at, now())
    where organisation = ${id}`.execute(tx);
  const { rows } = await sql<{ at: Date }>`insert into organisation_deletion (id, deleted_by) values (${id}, ${actor})
    on conflict (id) do update set deleted_by = excluded.deleted_by returning deleted_at as at`.execute(tx);
  return rows[0]?.at ?? new Date();
}

/** Those whose rows or files may still be there: a body that was arriving meanwhile leaves its bytes after the end. */
export async function toErase(db: Database): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`select id from organisation_deletion
    where erased_at is null or erased_at > now() - interval '2 days'`.execute(db);
  return rows.map(({ id }) => id);
}

export async function noteErased(db: Database, id: string): Promise<void> {
  await sql`update organisation_deletion set erased_at = coalesce(erased_at, now()) where id = ${id}`.execute(db);
}

/** Removes its orders but `but`; answers how many jobs are running for it. */
export async function dropJobs(db: Database, organisation: string, but: string): Promise<number> {
  const its = sql`name <> ${but} and coalesce(data ->> 'organisation', data ->> 'scope') = ${organisation}`;
  await sql`delete from pgboss.job where ${its} and state <> 'active'`.execute(db);
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from pgboss.job
    where ${its} and state = 'active'`.execute(db);
  return rows[0]?.count ?? 0;
}

const has = (column: string, table: string): RawBuilder<{ has: boolean }> => sql`select exists (
  select from information_schema.columns where table_schema = 'public' and table_name = ${table}
    and column_name = ${column}) as has`;

/**
 * Every row of every table that belongs to an organisation, in one transaction, those first that name others. Throws
 * while a backup runs.
 */
export async function eraseRows(db: Database, organisation: string): Promise<void> {
  await inTransaction(db, async (tx) => {
    await sql`set local statement_timeout = 0`.execute(tx);
    const lock = await sql<{ free: boolean }>`
      select pg_try_advisory_xact_lock(hashtextextended(${BLOBS_LOCK}, 0)) as free`.execute(tx);
    if (lock.rows[0]?.free !== true) throw new Error('A backup is running; the organisation is erased after it');
    const order = await tablesInOrder({
      query: async (text: string) => {
        const { rows } = await sql.raw<{ name: string; needs: string[] }>(text).execute(tx);
        return { rows };
      },
    });
    for (const table of order.toReversed()) {
      if (GUARDED.includes(table) || !(await has('organisation', table).execute(tx)).rows[0]?.has) continue;
      await sql`delete from ${sql.table(table)} where organisation = ${organisation}`.execute(tx);
    }
    // The audit log goes with what it is about; nobody else's is touched, and the triggers stand again at once.
    for (const table of GUARDED) await sql`alter table ${sql.table(table)} disable trigger user`.execute(tx);
    for (const table of GUARDED)
      await sql`delete from ${sql.table(table)} where organisation = ${organisation}`.execute(tx);
    for (const table of GUARDED) await sql`alter table ${sql.table(table)} enable trigger user`.execute(tx);
    await sql`delete from organisation where id = ${organisation}`.execute(tx);
  });
}
