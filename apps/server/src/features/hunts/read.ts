import type { Database, Tx } from '../../platform/database.ts';

export { currentRound } from './rounds.ts';
export { lockHunt } from './store.ts';

export interface HuntRef {
  readonly id: string;
  readonly name: string;
}

export async function findHunt(db: Database | Tx, organisation: string, id: string): Promise<HuntRef | null> {
  const row = await db
    .selectFrom('hunt')
    .select(['id', 'name'])
    .where('organisation', '=', organisation)
    .where('id', '=', id)
    .executeTakeFirst();
  return row ?? null;
}
