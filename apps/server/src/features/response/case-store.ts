import type { CaseState, Layout } from '@genehound/contract';
import { type RawBuilder, sql } from 'kysely';
import { type Database, digest, type Tx, text } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';

export interface CaseArtifact {
  readonly sha256: string;
  readonly layout: Layout;
}

export interface CaseRow {
  readonly id: string;
  readonly endpointId: string;
  readonly endpointName: string;
  readonly sha256: string | null;
  readonly layout: Layout | null;
  readonly state: CaseState;
  readonly assignee: string | null;
  readonly comments: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** As PostgreSQL writes it, to the microsecond. */
  readonly position: string;
}

export interface CaseEventRow {
  readonly id: string;
  readonly kind: 'comment' | 'state' | 'assignee';
  readonly value: string | null;
  readonly by: string;
  readonly at: Date;
}

const SELECT = sql`select c.id, c.endpoint_id as "endpointId", e.name as "endpointName",
  encode(c.sha256, 'hex') as sha256, c.layout, c.state, c.assignee, c.comments, c.created_at as "createdAt",
  c.updated_at as "updatedAt", c.updated_at::text as position
  from work_case c join endpoint e on e.organisation = c.organisation and e.id = c.endpoint_id`;

export interface CaseFilter {
  readonly state?: CaseState | undefined;
  readonly assignee?: string | undefined;
  readonly endpointId?: string | undefined;
}

/** Last changed first. */
export async function listCases(
  db: Database,
  organisation: string,
  { state, assignee, endpointId }: CaseFilter,
  limit: number,
  behind: { readonly at: string; readonly id: string } | null,
): Promise<readonly CaseRow[]> {
  const all: RawBuilder<unknown>[] = [sql`c.organisation = ${organisation}`];
  if (state !== undefined) all.push(sql`c.state = ${state}`);
  if (assignee !== undefined) all.push(sql`lower(c.assignee) = lower(${text(assignee)})`);
  if (endpointId !== undefined) all.push(sql`c.endpoint_id = ${endpointId}`);
  if (behind !== null)
    all.push(
      sql`(c.updated_at < ${behind.at}::timestamptz or (c.updated_at = ${behind.at}::timestamptz and c.id > ${behind.id}))`,
    );
  const { rows } = await sql<CaseRow>`${SELECT} where ${sql.join(all, sql` and `)}
    order by c.updated_at desc, c.id limit ${limit}`.execute(db);
  return rows;
}

export async function findCase(db: Database | Tx, organisation: string, id: string): Promise<CaseRow | null> {
  const { rows } = await sql<CaseRow>`${SELECT} where c.organisation = ${organisation} and c.id = ${id}`.execute(db);
  return rows[0] ?? null;
}

const SHOWN_EVENTS = 500;

/** Oldest first, the last of them. */
export async function caseEvents(db: Database, organisation: string, id: string): Promise<readonly CaseEventRow[]> {
  const rows = await db
    .selectFrom('work_case_event')
    .select(['id', 'kind', 'value', 'created_by as by', 'created_at as at'])
    .where('organisation', '=', organisation)
    .where('case_id', '=', id)
    .orderBy('id', 'desc')
    .limit(SHOWN_EVENTS)
    .execute();
  return rows.reverse().map((row) => ({ ...row, kind: row.kind as CaseEventRow['kind'] }));
}

/** What was said and done in all cases of an endpoint: oldest first, the last `limit` of it. */
export async function endpointEvents(
  db: Database,
  organisation: string,
  endpointId: string,
  limit: number,
): Promise<readonly (Omit<CaseEventRow, 'id'> & { readonly sha256: string | null })[]> {
  const { rows } = await sql<Omit<CaseEventRow, 'id'> & { sha256: string | null }>`
    select encode(c.sha256, 'hex') as sha256, v.kind, v.value, v.created_by as by, v.created_at as at
    from work_case c join work_case_event v on v.organisation = c.organisation and v.case_id = c.id
    where c.organisation = ${organisation} and c.endpoint_id = ${endpointId}
    order by v.created_at desc, v.id desc limit ${limit}`.execute(db);
  return rows.reverse();
}

/** The case of an endpoint, or of an artifact there; made where it is missing, and locked until the transaction ends. */
export async function putCase(
  tx: Tx,
  organisation: string,
  endpointId: string,
  artifact: CaseArtifact | null,
): Promise<{
  readonly id: string;
  readonly state: CaseState;
  readonly assignee: string | null;
  readonly isNew: boolean;
}> {
  const sha256 = artifact === null ? null : digest(artifact.sha256);
  const layout = artifact?.layout ?? null;
  const made = await sql`insert into work_case (organisation, id, endpoint_id, sha256, layout)
    values (${organisation}, ${newId()}, ${endpointId}, ${sha256}, ${layout})
    on conflict do nothing`.execute(tx);
  const { rows } = await sql<{ id: string; state: CaseState; assignee: string | null }>`
    select id, state, assignee from work_case where organisation = ${organisation} and endpoint_id = ${endpointId}
      and sha256 is not distinct from ${sha256}::bytea and layout is not distinct from ${layout}::text
    for update`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error('A case that was just made is not there');
  return { ...row, isNew: made.numAffectedRows === 1n };
}

export async function hasArtifact(tx: Tx, organisation: string, endpointId: string, artifact: CaseArtifact) {
  const { rows } = await sql`select from artifact_endpoint where organisation = ${organisation}
    and sha256 = ${digest(artifact.sha256)} and layout = ${artifact.layout} and endpoint_id = ${endpointId}`.execute(
    tx,
  );
  return rows.length > 0;
}

export async function recordEvent(
  tx: Tx,
  organisation: string,
  caseId: string,
  event: { readonly kind: CaseEventRow['kind']; readonly value: string | null; readonly by: string },
): Promise<void> {
  const value = event.value === null ? null : text(event.value);
  await tx
    .insertInto('work_case_event')
    .values({ organisation, case_id: caseId, id: newId(), kind: event.kind, value, created_by: event.by })
    .execute();
  const changed = {
    comment: sql`comments = comments + 1`,
    state: sql`state = ${value}`,
    assignee: sql`assignee = ${value}`,
  }[event.kind];
  await sql`update work_case set ${changed}, updated_at = now()
    where organisation = ${organisation} and id = ${caseId}`.execute(tx);
}
