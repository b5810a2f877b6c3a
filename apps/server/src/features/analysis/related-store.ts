import type { Layout } from '@genehound/contract';
import { SCHEME } from '@genehound/genes';
import { sql } from 'kysely';
import { type Database, digest } from '../../platform/database.ts';
import type { ArtifactKey, GenomeRow } from './analysis-store.ts';

/** Of these numbers those of the organisation's artifacts, but for the artifact itself in any layout. */
export async function artifactsOf(
  db: Database,
  { organisation, sha256 }: ArtifactKey,
  numbers: readonly number[],
): Promise<ReadonlySet<number>> {
  const { rows } = await sql<{ number: number }>`select number from artifact
    where organisation = ${organisation} and number = any(${numbers}::bigint[]) and sha256 <> ${digest(sha256)}`.execute(
    db,
  );
  return new Set(rows.map(({ number }) => number));
}

export interface NumberedGenome extends GenomeRow {
  readonly sha256: string;
  readonly layout: Layout;
  readonly size: number;
  readonly geneCount: number;
}

export async function genomesOf(db: Database, numbers: readonly number[]): Promise<readonly NumberedGenome[]> {
  const { rows } = await sql<NumberedGenome>`
    select encode(a.sha256, 'hex') as sha256, a.layout, a.size, g.gene_count as "geneCount", g.genes, g.body
    from artifact a join genome g on g.organisation = a.organisation and g.sha256 = a.sha256 and g.layout = a.layout
      and g.scheme = ${SCHEME}
    where a.number = any(${numbers}::bigint[])`.execute(db);
  return rows;
}
