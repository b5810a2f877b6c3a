import { GLOBAL_ORGANISATION } from '@genehound/contract';
import { sql } from 'kysely';
import type { Database, Tx } from '../../platform/database.ts';
import { text } from '../../platform/database.ts';

export interface Identity {
  readonly organisation: string;
  readonly issuer: string;
  readonly subject: string;
}

/** Null where there is no organisation of this name. */
export async function organisationNamed(db: Database, name: string): Promise<string | null> {
  const row = await db
    .selectFrom('organisation')
    .select('id')
    .where('name', '=', text(name))
    .where('id', '<>', GLOBAL_ORGANISATION)
    .executeTakeFirst();
  return row?.id ?? null;
}

/** The account that this identity opens in the organisation, disabled ones, too. */
export async function accountOfIdentity(tx: Tx, { organisation, issuer, subject }: Identity) {
  const row = await tx
    .selectFrom('provider_identity')
    .innerJoin('user_account', (join) =>
      join
        .onRef('user_account.organisation', '=', 'provider_identity.organisation')
        .onRef('user_account.id', '=', 'provider_identity.user_id'),
    )
    .select([
      'user_account.organisation',
      'user_account.id',
      'user_account.name',
      'user_account.roles',
      'user_account.disabled_at as disabledAt',
    ])
    .where('provider_identity.organisation', '=', organisation)
    .where('issuer', '=', text(issuer))
    .where('subject', '=', text(subject))
    .executeTakeFirst();
  return row ?? null;
}

export async function insertIdentity(tx: Tx, identity: Identity, userId: string): Promise<void> {
  const { organisation, issuer, subject } = identity;
  await tx
    .insertInto('provider_identity')
    .values({ organisation, issuer: text(issuer), subject: text(subject), user_id: userId })
    .execute();
}

/** One identity's first sign-in at a time. */
export async function lockIdentity(tx: Tx, { organisation, issuer, subject }: Identity): Promise<void> {
  const name = JSON.stringify([organisation, issuer, subject]);
  await sql`select pg_advisory_xact_lock(hashtextextended(${text(name)}, 1))`.execute(tx);
}
