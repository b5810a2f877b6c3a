import { type FamilyType, GLOBAL_ORGANISATION, type Layout } from '@genehound/contract';
import type { SignatureHit } from '@genehound/genes';
import { sql } from 'kysely';
import { type Database, digest, type Tx, text } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';
import type { ArtifactKey } from './analysis-store.ts';
import type { RuleHit, RuleText } from './extraction/rule-messages.ts';

/** Rows of code-sequence rules, and of what they found. */

export interface NewSignature {
  readonly name: string;
  readonly family: string;
  readonly type: FamilyType;
  readonly text: string;
  readonly sequences: number;
}

export interface Provenance {
  readonly source: string;
  readonly licence: string;
  readonly attribution: string;
  readonly actor: string;
}

/** Number of the present rules. */
export async function rulesVersion(db: Database): Promise<number> {
  const row = await db.selectFrom('signature_set').select('version').executeTakeFirstOrThrow();
  return row.version;
}

async function advance(tx: Tx): Promise<void> {
  await sql`update signature_set set version = version + 1`.execute(tx);
}

/** Adds rules; one whose name is there stays as it is. Answers how many are new. */
export async function insertSignatures(
  tx: Tx,
  rules: readonly NewSignature[],
  { source, licence, attribution, actor }: Provenance,
): Promise<number> {
  if (rules.length === 0) return 0;
  const rows = rules.map((rule) => ({
    id: newId(),
    name: text(rule.name),
    family: text(rule.family),
    type: rule.type,
    rule: text(rule.text),
    sequences: rule.sequences,
    source: text(source),
    licence: text(licence),
    attribution: text(attribution),
    created_by: text(actor),
  }));
  const added = await tx
    .insertInto('signature')
    .values(rows)
    .onConflict((conflict) => conflict.column('name').where('withdrawn_at', 'is', null).doNothing())
    .returning('id')
    .execute();
  if (added.length > 0) await advance(tx);
  return added.length;
}

/** Withdraws the rules of a source. Answers how many it were. */
export async function withdrawSignatures(tx: Tx, source: string, actor: string): Promise<number> {
  const gone = await tx
    .updateTable('signature')
    .set({ withdrawn_at: sql<Date>`now()`, withdrawn_by: text(actor) })
    .where('source', '=', text(source))
    .where('withdrawn_at', 'is', null)
    .returning('id')
    .execute();
  if (gone.length > 0) await advance(tx);
  return gone.length;
}

export async function standingRules(db: Database): Promise<readonly RuleText[]> {
  return await db
    .selectFrom('signature')
    .select(['name', 'rule as text'])
    .where('withdrawn_at', 'is', null)
    .orderBy('name')
    .execute();
}

export interface SignatureRow {
  readonly id: string;
  readonly name: string;
  readonly family: string;
  readonly type: string;
  readonly sequences: number;
  readonly source: string;
  readonly licence: string;
  readonly attribution: string;
  readonly createdAt: Date;
  readonly createdBy: string;
}

/** Standing rules in the order of their names, behind `behind`. */
export async function listSignatures(
  db: Database,
  limit: number,
  behind: string | null,
): Promise<readonly SignatureRow[]> {
  const after = behind === null ? sql`` : sql`and name > ${text(behind)}`;
  const { rows } = await sql<SignatureRow>`
    select id, name, family, type, sequences, source, licence, attribution, created_at as "createdAt",
      created_by as "createdBy"
    from signature where withdrawn_at is null ${after} order by name limit ${limit}`.execute(db);
  return rows;
}

export async function countSignatures(db: Database): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from signature
    where withdrawn_at is null`.execute(db);
  return rows[0]?.count ?? 0;
}

export interface Unexamined extends ArtifactKey {
  readonly number: number;
  readonly size: number;
}

const UNEXAMINED = (
  version: number,
) => sql`a.organisation <> ${GLOBAL_ORGANISATION} and a.stored and a.removed_at is null
  and a.state in ('done', 'failed', 'unsupported') and not exists (select from artifact_signature s
    where s.organisation = a.organisation and s.sha256 = a.sha256 and s.layout = a.layout and s.version >= ${version})`;

/** Artifacts over which the rules of this version did not run, in the order of their numbers behind `behind`. */
export async function unexamined(
  db: Database,
  version: number,
  behind: number,
  limit: number,
): Promise<readonly Unexamined[]> {
  const { rows } = await sql<Unexamined>`
    select a.number, a.organisation, encode(a.sha256, 'hex') as sha256, a.layout, a.size from artifact a
    where a.number > ${behind} and ${UNEXAMINED(version)} order by a.number limit ${limit}`.execute(db);
  return rows;
}

/** Of one organisation. */
export async function countUnexamined(db: Database, organisation: string, version: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from artifact a
    where a.organisation = ${organisation} and ${UNEXAMINED(version)}`.execute(db);
  return rows[0]?.count ?? 0;
}

/** Stores what the rules of a version found in an artifact, in place of what others did. True where it is another. */
export async function putHits(
  tx: Tx,
  key: ArtifactKey,
  version: number,
  hits: readonly RuleHit[],
  problem: string | null,
): Promise<boolean> {
  const row = { organisation: key.organisation, sha256: digest(key.sha256), layout: key.layout };
  const before = await tx
    .selectFrom('signature_hit')
    .select(['signature_id as id', 'matched'])
    .where('organisation', '=', row.organisation)
    .where('sha256', '=', row.sha256)
    .where('layout', '=', row.layout)
    .orderBy('signature_id')
    .execute();
  const note = { version, problem: problem === null ? null : text(problem) };
  await tx
    .insertInto('artifact_signature')
    .values({ ...row, ...note })
    .onConflict((conflict) => conflict.columns(['organisation', 'sha256', 'layout']).doUpdateSet(note))
    .execute();
  await sql`delete from signature_hit where organisation = ${row.organisation} and sha256 = ${row.sha256}
    and layout = ${row.layout}`.execute(tx);
  const { rows: after } = await sql<{ id: string; matched: number }>`
    insert into signature_hit (organisation, sha256, layout, signature_id, matched)
    select ${row.organisation}, ${row.sha256}, ${row.layout}, s.id, h.matched
    from unnest(${hits.map((hit) => hit.rule)}::text[], ${hits.map((hit) => hit.matched)}::int[]) as h (name, matched)
    join signature s on s.name = h.name and s.withdrawn_at is null
    order by s.id returning signature_id as id, matched`.execute(tx);
  const say = (list: readonly { id: string; matched: number }[]): string =>
    list.map(({ id, matched }) => `${id}:${matched}`).join();
  return say(before) !== say(after);
}

export interface SignatureProblem {
  readonly sha256: string;
  readonly layout: Layout;
  readonly problem: string;
}

/** Over which of these the rules could not be run, in any layout. */
export async function signatureProblems(
  db: Database,
  organisation: string,
  hashes: readonly string[],
): Promise<readonly SignatureProblem[]> {
  if (hashes.length === 0) return [];
  const { rows } = await sql<SignatureProblem>`
    select encode(sha256, 'hex') as sha256, layout, problem from artifact_signature
    where organisation = ${organisation} and sha256 = any(${[...new Set(hashes)].map(digest)}::bytea[])
      and problem is not null order by sha256, layout`.execute(db);
  return rows;
}

/** What the standing rules found in an artifact. */
export async function signatureHits(db: Database, key: ArtifactKey): Promise<readonly SignatureHit[]> {
  const { rows } = await sql<{ rule: string; matched: number; sequences: number; name: string; type: FamilyType }>`
    select s.name as rule, h.matched, s.sequences, s.family as name, s.type
    from signature_hit h join signature s on s.id = h.signature_id and s.withdrawn_at is null
    where h.organisation = ${key.organisation} and h.sha256 = ${digest(key.sha256)} and h.layout = ${key.layout}
    order by h.matched desc, s.name`.execute(db);
  return rows.map(({ name, type, ...hit }) => ({ ...hit, family: { name, type } }));
}
