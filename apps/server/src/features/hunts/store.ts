import { sql } from 'kysely';
import { type Database, text } from '../../platform/database.ts';

export interface HuntRow {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly targets: readonly string[];
  readonly scans: number;
}

/** Newest first; at most 1,000, each with its targets in order. */
export async function listHunts(db: Database, organisation: string): Promise<readonly HuntRow[]> {
  return await db
    .selectFrom('hunt')
    .select(({ selectFrom }) => [
      'hunt.id',
      'hunt.name',
      'hunt.created_at as createdAt',
      selectFrom('hunt_target')
        .select(sql<string[]>`coalesce(array_agg(hunt_target.name order by hunt_target.name), '{}')`.as('names'))
        .whereRef('hunt_target.organisation', '=', 'hunt.organisation')
        .whereRef('hunt_target.hunt_id', '=', 'hunt.id')
        .$asScalar()
        .$notNull()
        .as('targets'),
      selectFrom('scan')
        .select((scan) => scan.fn.countAll<number>().as('count'))
        .whereRef('scan.organisation', '=', 'hunt.organisation')
        .whereRef('scan.hunt_id', '=', 'hunt.id')
        .$asScalar()
        .$notNull()
        .as('scans'),
    ])
    .where('hunt.organisation', '=', organisation)
    .orderBy('hunt.created_at', 'desc')
    .orderBy('hunt.id')
    .limit(1_000)
    .execute();
}

export interface NewHunt {
  readonly organisation: string;
  readonly id: string;
  readonly name: string;
  readonly targets: readonly string[];
  readonly createdBy: string;
}

/** Targets that differ only in surrounding space are one. */
export async function insertHunt(db: Database, hunt: NewHunt): Promise<Date> {
  return await db.transaction().execute(async (tx) => {
    const { organisation, id, createdBy } = hunt;
    const row = await tx
      .insertInto('hunt')
      .values({ organisation, id, name: text(hunt.name), created_by: createdBy })
      .returning('created_at')
      .executeTakeFirstOrThrow();
    const names = [...new Set(hunt.targets.map((target) => text(target.trim())))].filter((name) => name !== '');
    if (names.length > 0) {
      await sql`insert into hunt_target (organisation, hunt_id, name)
        select ${organisation}, ${id}, unnest(${names}::text[])`.execute(tx);
    }
    return row.created_at;
  });
}
