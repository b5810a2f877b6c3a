import { sql } from 'kysely';
import type { Database } from '../database.ts';

/** Hours that an answer is kept. */
const LASTS = 24;
/** Keys of an organisation in that time. */
const MOST = 10_000;

export interface Named {
  readonly organisation: string;
  readonly holder: string;
  readonly key: Uint8Array;
}

/** 'new': this caller is the first and must end it. 'full': the organisation has too many. Else what is kept. */
export async function beginRequest(
  db: Database,
  { organisation, holder, key }: Named,
  fingerprint: Uint8Array,
): Promise<'new' | 'full' | { readonly fingerprint: Buffer; readonly answer: Buffer | null }> {
  await sql`delete from idempotent_request where organisation = ${organisation}
    and created_at < now() - make_interval(hours => ${LASTS})`.execute(db);
  const { rows } = await sql<{ one: number }>`
    insert into idempotent_request (organisation, holder, key, fingerprint)
    select ${organisation}, ${holder}, ${Buffer.from(key)}, ${Buffer.from(fingerprint)}
    where (select count(*) from idempotent_request where organisation = ${organisation}) < ${MOST}
    on conflict do nothing returning 1 as one`.execute(db);
  if (rows.length > 0) return 'new';
  const kept = await db
    .selectFrom('idempotent_request')
    .select(['fingerprint', 'answer'])
    .where('organisation', '=', organisation)
    .where('holder', '=', holder)
    .where('key', '=', Buffer.from(key))
    .executeTakeFirst();
  return kept ?? 'full';
}

export async function keepAnswer(db: Database, { organisation, holder, key }: Named, answer: Buffer): Promise<void> {
  await db
    .updateTable('idempotent_request')
    .set({ answer })
    .where('organisation', '=', organisation)
    .where('holder', '=', holder)
    .where('key', '=', Buffer.from(key))
    .execute();
}

/** As if it had not come: it was refused and did nothing. */
export async function forgetRequest(db: Database, { organisation, holder, key }: Named): Promise<void> {
  await db
    .deleteFrom('idempotent_request')
    .where('organisation', '=', organisation)
    .where('holder', '=', holder)
    .where('key', '=', Buffer.from(key))
    .execute();
}
