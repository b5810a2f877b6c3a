import type { Layout } from '@genehound/contract';
import { SCHEME } from '@genehound/genes';
import { sql } from 'kysely';
import { type Database, digest } from '../../platform/database.ts';
import type { ArtifactKey } from './analysis-store.ts';

/** Of these numbers those of the organisation's artifacts, but for the artifact itself in any layout. */
async function artifactsOf(
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

/** Artifacts that are looked up by one query. */
const NUMBERS_AT_ONCE = 20_000;

/**
 * Of these numbers the first `most` of the organisation's own artifacts, in their order. All are gone through if need
 * be: how many another organisation has before them changes no answer.
 */
export async function firstOwn(
  db: Database,
  key: ArtifactKey,
  numbers: readonly number[],
  most: number,
): Promise<readonly number[]> {
  const found: number[] = [];
  for (let at = 0; at < numbers.length && found.length < most; at += NUMBERS_AT_ONCE) {
    const some = numbers.slice(at, at + NUMBERS_AT_ONCE);
    const own = await artifactsOf(db, key, some);
    found.push(...some.filter((number) => own.has(number)));
  }
  return found.slice(0, most);
}

export interface NumberedGenes {
  readonly sha256: string;
  readonly layout: Layout;
  readonly size: number;
  readonly geneCount: number;
  /** Encoded set of its distinct genes. */
  readonly genes: Buffer;
}

export async function genesOf(db: Database, numbers: readonly number[]): Promise<readonly NumberedGenes[]> {
  const { rows } = await sql<NumberedGenes>`
    select encode(a.sha256, 'hex') as sha256, a.layout, a.size, g.gene_count as "geneCount", g.genes
    from artifact a join genome g on g.organisation = a.organisation and g.sha256 = a.sha256 and g.layout = a.layout
      and g.scheme = ${SCHEME}
    where a.number = any(${numbers}::bigint[])`.execute(db);
  return rows;
}

/**
 * Of these numbers the newest `most` of the organisation's artifacts that nobody accuses, but for the artifact itself in
 * any layout.
 */
export async function unaccusedOwn(
  db: Database,
  { organisation, sha256 }: ArtifactKey,
  numbers: readonly number[],
  most: number,
): Promise<readonly number[]> {
  const { rows } = await sql<{ number: number }>`
    select a.number from artifact a left join verdict v using (organisation, sha256, layout)
    where a.organisation = ${organisation} and a.number = any(${numbers}::bigint[]) and a.sha256 <> ${digest(sha256)}
      and coalesce(v.verdict, 'unknown') not in ('malicious', 'suspicious')
    order by a.number desc limit ${most}`.execute(db);
  return rows.map(({ number }) => number);
}
