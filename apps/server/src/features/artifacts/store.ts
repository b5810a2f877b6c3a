import type { Layout } from '@genehound/contract';
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
