import type { Layout } from '@genehound/contract';
import { type Database, digest } from '../../platform/database.ts';

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
