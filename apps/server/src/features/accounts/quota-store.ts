import { sql } from 'kysely';
import type { Database, Tx } from '../../platform/database.ts';
import type { Asker, Rates } from '../../platform/http/rate-limits.ts';

/** Null: no end. */
export interface Limits extends Rates {
  readonly scansPerMonth: number | null;
  readonly filesPerMonth: number | null;
}

/** What is set for a key, or a user, who has nothing of his own, and for their organisation. */
export async function readRates(
  db: Database,
  { organisation, keyId }: Asker,
): Promise<{ readonly own: Rates; readonly organisation: Rates }> {
  const none: Rates = { requestsPerMinute: null, bytesPerHour: null };
  const columns = ['requests_per_minute as requestsPerMinute', 'bytes_per_hour as bytesPerHour'] as const;
  const own =
    keyId === null
      ? undefined
      : await db
          .selectFrom('api_key')
          .select(columns)
          .where('organisation', '=', organisation)
          .where('id', '=', keyId)
          .executeTakeFirst();
  const shared = await db.selectFrom('organisation').select(columns).where('id', '=', organisation).executeTakeFirst();
  return { own: own ?? none, organisation: shared ?? none };
}

/** What is analysed in a calendar month: files by the public contract, scans of endpoints; and how much may be. */
export async function usageOfMonth(
  db: Database | Tx,
  organisation: string,
): Promise<Readonly<Record<'files' | 'scans', { readonly usage: number; readonly quota: number | null }>>> {
  const { rows } = await sql<Record<'files' | 'scans', number> & Limits>`select
    (select count(*) from file_analysis where organisation = o.id and created_at >= date_trunc('month', now())) as files,
    (select count(*) from scan where organisation = o.id and created_at >= date_trunc('month', now())) as scans,
    scans_per_month as "scansPerMonth", files_per_month as "filesPerMonth"
    from organisation o where id = ${organisation}`.execute(db);
  const row = rows[0];
  return {
    files: { usage: row?.files ?? 0, quota: row?.filesPerMonth ?? null },
    scans: { usage: row?.scans ?? 0, quota: row?.scansPerMonth ?? null },
  };
}

/** Whether there is a quota at all: most have none, and need not be counted. */
export async function hasQuota(db: Database | Tx, organisation: string, kind: 'files' | 'scans'): Promise<boolean> {
  const row = await db
    .selectFrom('organisation')
    .select(['scans_per_month as scans', 'files_per_month as files'])
    .where('id', '=', organisation)
    .executeTakeFirst();
  return (row?.[kind] ?? null) !== null;
}

/** What is not named stays. False where there is no such organisation. */
export async function setLimits(
  tx: Tx,
  organisation: string,
  limits: { readonly [K in keyof Limits]?: Limits[K] | undefined },
): Promise<boolean> {
  const { requestsPerMinute, bytesPerHour, scansPerMonth, filesPerMonth } = limits;
  const set = {
    requests_per_minute: requestsPerMinute,
    bytes_per_hour: bytesPerHour,
    scans_per_month: scansPerMonth,
    files_per_month: filesPerMonth,
  };
  const given = Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined));
  const { numUpdatedRows } = await tx
    .updateTable('organisation')
    .set({ ...given, name: sql<string>`name` })
    .where('id', '=', organisation)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
