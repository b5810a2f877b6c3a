import type { AnalysisState, ArtifactVerdict, Evidence, Layout } from '@genehound/contract';
import { type ArtifactJudgement, RULES, SCHEME } from '@genehound/genes';
import { sql } from 'kysely';
import { type Database, digest, type Tx, text } from '../../platform/database.ts';

/** Rows of artifacts' genomes and verdicts. */

export interface ArtifactKey {
  readonly organisation: string;
  readonly sha256: string;
  readonly layout: Layout;
}

export interface ArtifactRow {
  readonly size: number;
  readonly stored: boolean;
  readonly state: AnalysisState;
  readonly problem: string | null;
}

export async function findArtifact(db: Database, key: ArtifactKey): Promise<ArtifactRow | null> {
  const row = await db
    .selectFrom('artifact')
    .select(['size', 'stored', 'state', 'problem'])
    .where('organisation', '=', key.organisation)
    .where('sha256', '=', digest(key.sha256))
    .where('layout', '=', key.layout)
    .executeTakeFirst();
  return row === undefined ? null : { ...row, state: row.state as AnalysisState };
}

/** Artifacts whose analysis did not come to an end. */
export async function unfinishedArtifacts(db: Database): Promise<readonly ArtifactKey[]> {
  const { rows } = await sql<ArtifactKey>`
    select organisation, encode(sha256, 'hex') as sha256, layout from artifact
    where state in ('queued', 'running') order by received_at`.execute(db);
  return rows;
}

export interface NewGenome {
  readonly instructionSet: string | null;
  readonly geneCount: number;
  readonly codeBytes: number;
  /** Encoded set of the distinct genes of every form. */
  readonly genes: Uint8Array;
  /** Encoded genome, zstd. */
  readonly body: Uint8Array;
}

export async function insertGenome(tx: Tx, key: ArtifactKey, genome: NewGenome): Promise<void> {
  await tx
    .insertInto('genome')
    .values({
      organisation: key.organisation,
      sha256: digest(key.sha256),
      layout: key.layout,
      scheme: SCHEME,
      instruction_set: genome.instructionSet,
      gene_count: genome.geneCount,
      code_bytes: genome.codeBytes,
      genes: genome.genes,
      body: genome.body,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export interface GenomeRow {
  readonly genes: Buffer;
  readonly body: Buffer;
}

export async function findGenome(db: Database, key: ArtifactKey): Promise<GenomeRow | null> {
  const row = await db
    .selectFrom('genome')
    .select(['genes', 'body'])
    .where('organisation', '=', key.organisation)
    .where('sha256', '=', digest(key.sha256))
    .where('layout', '=', key.layout)
    .where('scheme', '=', SCHEME)
    .executeTakeFirst();
  return row ?? null;
}

export async function setState(tx: Tx, key: ArtifactKey, state: AnalysisState, problem: string | null): Promise<void> {
  await tx
    .updateTable('artifact')
    .set({ state, problem: problem === null ? null : text(problem), analysed_at: new Date() })
    .where('organisation', '=', key.organisation)
    .where('sha256', '=', digest(key.sha256))
    .where('layout', '=', key.layout)
    .execute();
}

/** True where a label of this scope waits for the artifact's analysis. */
export async function isAwaited(tx: Tx, key: ArtifactKey): Promise<boolean> {
  const row = await tx
    .selectFrom('label')
    .select('id')
    .where('organisation', '=', key.organisation)
    .where('sha256', '=', digest(key.sha256))
    .where('layout', '=', key.layout)
    .where('generation', 'is', null)
    .executeTakeFirst();
  return row !== undefined;
}

export interface Generations {
  readonly globalGeneration: number;
  readonly organisationGeneration: number;
}

export interface VerdictRow extends Generations {
  readonly judgement: ArtifactJudgement;
}

/** A verdict that another one took the place of. */
export interface ReplacedVerdict {
  readonly verdict: ArtifactVerdict;
  readonly subVerdict: string;
  readonly reasons: readonly string[];
}

/** Stores a verdict. The one before it, where it said something else, is kept as history, and is the answer. */
export async function putVerdict(tx: Tx, key: ArtifactKey, verdict: VerdictRow): Promise<ReplacedVerdict | null> {
  const { judgement } = verdict;
  const evidence = JSON.stringify(judgement.evidence);
  const { rows } = await sql<ReplacedVerdict>`
    insert into verdict_history (organisation, sha256, layout, verdict, sub_verdict, evidence, scheme, rules,
      global_generation, organisation_generation, judged_at)
    select organisation, sha256, layout, verdict, sub_verdict, evidence, scheme, rules,
      global_generation, organisation_generation, judged_at
    from verdict
    where organisation = ${key.organisation} and sha256 = ${digest(key.sha256)} and layout = ${key.layout}
      and (verdict <> ${judgement.verdict} or sub_verdict <> ${judgement.subVerdict} or scheme <> ${SCHEME}
        or evidence <> ${evidence}::jsonb)
    returning verdict, sub_verdict as "subVerdict", evidence -> 'reasons' as reasons`.execute(tx);
  await sql`
    insert into verdict (organisation, sha256, layout, scheme, rules, verdict, sub_verdict, evidence,
      global_generation, organisation_generation)
    values (${key.organisation}, ${digest(key.sha256)}, ${key.layout}, ${SCHEME}, ${RULES}, ${judgement.verdict},
      ${judgement.subVerdict}, ${evidence}::jsonb, ${verdict.globalGeneration}, ${verdict.organisationGeneration})
    on conflict (organisation, sha256, layout) do update set
      scheme = excluded.scheme, rules = excluded.rules, verdict = excluded.verdict, sub_verdict = excluded.sub_verdict,
      evidence = excluded.evidence, global_generation = excluded.global_generation,
      organisation_generation = excluded.organisation_generation, judged_at = now()`.execute(tx);
  return rows[0] ?? null;
}

export interface StoredArtifact extends Generations {
  readonly sha256: string;
  readonly layout: Layout;
  readonly state: AnalysisState;
  readonly problem: string | null;
  readonly judgement: ArtifactJudgement | null;
  /** The rules that made the judgement. */
  readonly rules: number;
}

/** Artifacts of an organisation with their verdicts. */
export async function storedArtifacts(
  db: Database,
  organisation: string,
  hashes: readonly string[],
): Promise<readonly StoredArtifact[]> {
  if (hashes.length === 0) return [];
  interface Row extends Generations {
    readonly sha256: string;
    readonly layout: Layout;
    readonly state: AnalysisState;
    readonly problem: string | null;
    readonly rules: number | null;
    readonly verdict: ArtifactJudgement['verdict'] | null;
    readonly subVerdict: ArtifactJudgement['subVerdict'] | null;
    readonly evidence: Evidence | null;
  }
  const { rows } = await sql<Row>`
    select encode(a.sha256, 'hex') as sha256, a.layout, a.state, a.problem, v.verdict, v.sub_verdict as "subVerdict",
      v.evidence, v.rules, v.global_generation as "globalGeneration", v.organisation_generation as "organisationGeneration"
    from artifact a left join verdict v using (organisation, sha256, layout)
    where a.organisation = ${organisation} and a.sha256 = any(${hashes.map(digest)}::bytea[])`.execute(db);
  return rows.map(({ verdict, subVerdict, evidence, ...row }) => ({
    ...row,
    rules: row.rules ?? RULES,
    globalGeneration: row.globalGeneration ?? 0,
    organisationGeneration: row.organisationGeneration ?? 0,
    judgement: verdict === null || subVerdict === null || evidence === null ? null : { verdict, subVerdict, evidence },
  }));
}

/** Trusted artifacts of an organisation whose bytes are stored, the newest first; none larger than `mostBytes`. */
export async function trustedArtifacts(
  db: Database,
  organisation: string,
  mostBytes: number,
  limit: number,
): Promise<readonly { readonly sha256: string; readonly layout: Layout; readonly size: number }[]> {
  const { rows } = await sql<{ sha256: string; layout: Layout; size: number }>`
    select encode(a.sha256, 'hex') as sha256, a.layout, a.size
    from artifact a join verdict v using (organisation, sha256, layout)
    where a.organisation = ${organisation} and a.stored and a.size <= ${mostBytes} and v.verdict = 'trusted'
    order by a.number desc limit ${limit}`.execute(db);
  return rows;
}

/**
 * Locks the counters against a re-judging that would start now, and tells how far those that started go: a verdict
 * of an older generation would be missed by them.
 */
export async function lockRejudging(tx: Tx, scopes: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ organisation: string; rejudging: number }>`
    select organisation, rejudging from generation where organisation = any(${scopes}::uuid[])
    order by organisation for share`.execute(tx);
  return new Map(rows.map((row) => [row.organisation, row.rejudging]));
}
