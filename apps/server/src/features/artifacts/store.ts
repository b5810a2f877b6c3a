import type { ArtifactVerdict, Layout } from '@genehound/contract';
import { sql } from 'kysely';
import { type Database, digest, type Tx } from '../../platform/database.ts';

export interface ArtifactRow {
  readonly size: number;
  readonly state: string;
  readonly problem: string | null;
}

export async function findArtifact(
  db: Database,
  organisation: string,
  sha256: string,
  layout: Layout,
): Promise<ArtifactRow | null> {
  const row = await db
    .selectFrom('artifact')
    .select(['size', 'state', 'problem'])
    .where('organisation', '=', organisation)
    .where('sha256', '=', digest(sha256))
    .where('layout', '=', layout)
    .executeTakeFirst();
  return row ?? null;
}

export async function findVerdict(db: Database, organisation: string, sha256: string, layout: Layout) {
  const row = await db
    .selectFrom('verdict')
    .select([
      'verdict',
      'sub_verdict as subVerdict',
      'evidence',
      'scheme',
      'global_generation as globalGeneration',
      'organisation_generation as organisationGeneration',
    ])
    .where('organisation', '=', organisation)
    .where('sha256', '=', digest(sha256))
    .where('layout', '=', layout)
    .executeTakeFirst();
  return row ?? null;
}

export interface JudgedRow {
  readonly verdict: ArtifactVerdict;
  readonly subVerdict: string;
  readonly reasons: readonly string[] | null;
  readonly scheme: number;
  readonly rules: number;
  readonly globalGeneration: string;
  readonly organisationGeneration: string;
  readonly judgedAt: Date;
}

/** The present verdict, and those that others took the place of, newest first. */
export async function verdictHistory(
  db: Database,
  organisation: string,
  sha256: string,
  layout: Layout,
  limit: number,
): Promise<readonly JudgedRow[]> {
  const columns = sql`verdict, sub_verdict as "subVerdict", evidence -> 'reasons' as reasons, scheme, rules::int as rules,
    global_generation::text as "globalGeneration", organisation_generation::text as "organisationGeneration",
    judged_at as "judgedAt"`;
  const which = sql`organisation = ${organisation} and sha256 = ${digest(sha256)} and layout = ${layout}`;
  const { rows } = await sql<JudgedRow>`
    select ${columns}, null::bigint as number from verdict where ${which}
    union all (select ${columns}, number from verdict_history where ${which} order by number desc limit ${limit})
    order by number desc nulls first limit ${limit}`.execute(db);
  return rows;
}

/** Bytes that are in the blob store, as the spool saw them. */
export interface ReceivedArtifact {
  readonly sha256: string;
  readonly sha1: string;
  readonly md5: string;
  readonly layout: Layout;
  readonly size: number;
}

/** Registers received bytes; true where they are new to the organisation, so that they have to be analysed. */
export async function insertArtifact(tx: Tx, organisation: string, item: ReceivedArtifact): Promise<boolean> {
  const { rows } = await sql<{
    sha256: Buffer;
  }>`insert into artifact (organisation, sha256, layout, size, stored, sha1, md5)
    values (${organisation}, ${digest(item.sha256)}, ${item.layout}, ${item.size}, true, ${digest(item.sha1)},
      ${digest(item.md5)})
    on conflict (organisation, sha256, layout) do update
      set stored = true, size = excluded.size, sha1 = excluded.sha1, md5 = excluded.md5, state = 'queued',
        received_at = now()
      where not artifact.stored
    returning sha256`.execute(tx);
  return rows.length > 0;
}
