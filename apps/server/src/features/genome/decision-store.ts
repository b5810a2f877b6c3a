import type { ArtifactVerdict, DecisionBasis, DecisionKind, FamilyType, Layout } from '@genehound/contract';
import { sql } from 'kysely';
import { type Database, digest, type Tx, text } from '../../platform/database.ts';

/** Rows of decisions, and of what they are about. */

export interface ArtifactRef {
  readonly sha256: string;
  readonly layout: Layout;
}

export interface DecidableArtifact extends ArtifactRef {
  readonly state: string;
  /** null before the first verdict. */
  readonly verdict: ArtifactVerdict | null;
  /** It was seen somewhere with a finding. */
  readonly found: boolean;
  /** Names of the families that the organisation's own decisions gave it, by kind. */
  readonly acquittedAs: readonly string[];
  readonly convictedAs: readonly string[];
}

/** What is known of these artifacts of the organisation; those that it does not have are left out. */
export async function decidableArtifacts(
  db: Database | Tx,
  organisation: string,
  items: readonly ArtifactRef[],
): Promise<readonly DecidableArtifact[]> {
  if (items.length === 0) return [];
  const decided = (kind: DecisionKind) => sql`array(
    select f.name from label l
    join decision d on d.organisation = l.organisation and d.id = l.decision_id and d.kind = ${kind}
    join family f on f.organisation = l.organisation and f.id = l.family_id
    where l.organisation = a.organisation and l.sha256 = a.sha256 and l.layout = a.layout
      and not exists (select from label_revocation r where r.organisation = l.organisation and r.label_id = l.id)
    order by l.sequence)`;
  const { rows } = await sql<DecidableArtifact>`
    select encode(a.sha256, 'hex') as sha256, a.layout, a.state, v.verdict,
      exists (select from sighting s where s.organisation = a.organisation and s.sha256 = a.sha256
        and s.layout = a.layout and s.findings <> '{}') as found,
      ${decided('acquit')} as "acquittedAs", ${decided('convict')} as "convictedAs"
    from unnest(${items.map((item) => digest(item.sha256))}::bytea[], ${items.map((item) => item.layout)}::text[])
      as asked (sha256, layout)
    join artifact a on a.organisation = ${organisation} and a.sha256 = asked.sha256 and a.layout = asked.layout
    left join verdict v on v.organisation = a.organisation and v.sha256 = a.sha256 and v.layout = a.layout`.execute(db);
  return rows;
}

/** Types of the organisation's families of these names, by name in lower case. */
export async function typesOf(
  db: Database,
  organisation: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, FamilyType>> {
  const { rows } = await sql<{ name: string; type: FamilyType }>`
    select lower(name) as name, type from family
    where organisation = ${organisation} and lower(name) = any(${names.map((name) => text(name).toLowerCase())}::text[])`.execute(
    db,
  );
  return new Map(rows.map((row) => [row.name, row.type]));
}

export interface NewDecision {
  readonly organisation: string;
  readonly id: string;
  readonly kind: DecisionKind;
  readonly basis: DecisionBasis;
  readonly reason: string | null;
  readonly scanId: string | null;
  readonly actor: string;
}

export async function insertDecision(tx: Tx, decision: NewDecision): Promise<void> {
  await tx
    .insertInto('decision')
    .values({
      organisation: decision.organisation,
      id: decision.id,
      kind: decision.kind,
      basis: decision.basis,
      reason: decision.reason === null ? null : text(decision.reason),
      scan_id: decision.scanId,
      created_by: text(decision.actor),
    })
    .execute();
}

export interface DecisionRow {
  readonly id: string;
  readonly kind: DecisionKind;
  readonly basis: DecisionBasis;
  readonly reason: string | null;
  readonly scanId: string | null;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly families: readonly string[];
  readonly labels: number;
  readonly revoked: number;
}

const SELECT = sql`select d.id, d.kind, d.basis, d.reason, d.scan_id as "scanId", d.created_at as "createdAt",
  d.created_by as "createdBy", coalesce(c.families, '{}') as families, coalesce(c.labels, 0) as labels,
  coalesce(c.revoked, 0) as revoked
  from decision d left join lateral (
    select array_agg(distinct f.name order by f.name) as families, count(*)::int as labels, count(r.label_id)::int as revoked
    from label l join family f on f.organisation = l.organisation and f.id = l.family_id
    left join label_revocation r on r.organisation = l.organisation and r.label_id = l.id
    where l.organisation = d.organisation and l.decision_id = d.id) c on true`;

/** Newest first, behind the decision `behind`. */
export async function listDecisions(
  db: Database,
  organisation: string,
  limit: number,
  behind: string | null,
): Promise<readonly DecisionRow[]> {
  // Ids are UUIDv7: their order is that of time.
  const after = behind === null ? sql`` : sql`and d.id < ${behind}::uuid`;
  const { rows } = await sql<DecisionRow>`${SELECT} where d.organisation = ${organisation} ${after}
    order by d.id desc limit ${limit}`.execute(db);
  return rows;
}

export async function findDecision(db: Database | Tx, organisation: string, id: string): Promise<DecisionRow | null> {
  const { rows } = await sql<DecisionRow>`${SELECT} where d.organisation = ${organisation} and d.id = ${id}`.execute(
    db,
  );
  return rows[0] ?? null;
}

/** Labels of a decision that still hold. */
export async function standingLabels(tx: Tx, organisation: string, decision: string): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`select l.id from label l
    where l.organisation = ${organisation} and l.decision_id = ${decision}
      and not exists (select from label_revocation r where r.organisation = l.organisation and r.label_id = l.id)
    order by l.sequence`.execute(tx);
  return rows.map((row) => row.id);
}

export interface LabelRow extends ArtifactRef {
  readonly id: string;
  readonly organisation: string;
  readonly family: string;
  readonly type: FamilyType;
  readonly basis: DecisionBasis;
  readonly decisionId: string | null;
  readonly source: string;
  readonly reason: string | null;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly speaks: boolean;
  readonly revokedAt: Date | null;
  readonly revokedBy: string | null;
  readonly revokedReason: string | null;
  readonly sequence: number;
}

const LABELS = sql`select l.id, l.organisation, encode(l.sha256, 'hex') as sha256, l.layout, f.name as family, f.type,
  l.basis, l.decision_id as "decisionId", l.source, l.reason, l.created_at as "createdAt", l.created_by as "createdBy",
  l.generation is not null as speaks, r.created_at as "revokedAt", r.created_by as "revokedBy",
  r.reason as "revokedReason", l.sequence
  from label l join family f on f.organisation = l.organisation and f.id = l.family_id
  left join label_revocation r on r.organisation = l.organisation and r.label_id = l.id`;

export interface LabelFilter {
  readonly sha256?: string | undefined;
  readonly decisionId?: string | undefined;
  readonly family?: string | undefined;
}

/** Labels of these scopes, newest first, behind the sequence `behind`. */
export async function listLabels(
  db: Database,
  scopes: readonly string[],
  filter: LabelFilter,
  limit: number,
  behind: number | null,
): Promise<readonly LabelRow[]> {
  const { sha256, decisionId, family } = filter;
  const { rows } = await sql<LabelRow>`${LABELS} where l.organisation = any(${scopes}::uuid[])
    ${sha256 === undefined ? sql`` : sql`and l.sha256 = ${digest(sha256)}`}
    ${decisionId === undefined ? sql`` : sql`and l.decision_id = ${decisionId}`}
    ${family === undefined ? sql`` : sql`and lower(f.name) = lower(${text(family)})`}
    ${behind === null ? sql`` : sql`and l.sequence < ${behind}`}
    order by l.sequence desc limit ${limit}`.execute(db);
  return rows;
}

export async function findLabelById(
  db: Database | Tx,
  scopes: readonly string[],
  id: string,
): Promise<LabelRow | null> {
  const { rows } =
    await sql<LabelRow>`${LABELS} where l.organisation = any(${scopes}::uuid[]) and l.id = ${id}`.execute(db);
  return rows[0] ?? null;
}

export interface ConflictRow extends ArtifactRef {
  readonly labelId: string;
  readonly decisionId: string;
  readonly acquittedAs: string;
  readonly families: readonly string[];
  readonly raisedAt: Date;
  readonly resolvedAt: Date | null;
}

/** Open ones first, newest first; at most 1,000. */
export async function listConflicts(db: Database, organisation: string): Promise<readonly ConflictRow[]> {
  const { rows } = await sql<ConflictRow>`
    select c.label_id as "labelId", l.decision_id as "decisionId", encode(l.sha256, 'hex') as sha256, l.layout,
      f.name as "acquittedAs", c.families, c.raised_at as "raisedAt", c.resolved_at as "resolvedAt"
    from acquittal_conflict c
    join label l on l.organisation = c.organisation and l.id = c.label_id
    join family f on f.organisation = l.organisation and f.id = l.family_id
    where c.organisation = ${organisation}
    order by c.resolved_at is not null, c.raised_at desc, c.number desc limit 1000`.execute(db);
  return rows;
}

/** Keeps at most one open conflict of a label; what it names may change. */
export async function raiseConflict(
  tx: Tx,
  organisation: string,
  label: string,
  families: readonly string[],
): Promise<void> {
  await sql`insert into acquittal_conflict (organisation, label_id, families)
    values (${organisation}, ${label}, ${families.map(text)}::text[])
    on conflict (organisation, label_id) where resolved_at is null do update set families = excluded.families`.execute(
    tx,
  );
}

/** Ends the open conflicts of an artifact's labels but for that of `except`. */
export async function resolveConflicts(
  tx: Tx,
  organisation: string,
  artifact: ArtifactRef,
  except: string | null,
): Promise<void> {
  await sql`update acquittal_conflict c set resolved_at = now()
    from label l
    where c.organisation = ${organisation} and c.resolved_at is null
      and l.organisation = c.organisation and l.id = c.label_id
      and l.sha256 = ${digest(artifact.sha256)} and l.layout = ${artifact.layout}
      and (${except}::uuid is null or l.id <> ${except}::uuid)`.execute(tx);
}
