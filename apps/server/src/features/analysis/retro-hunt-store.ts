import { type ArtifactVerdict, GLOBAL_ORGANISATION, type Layout } from '@genehound/contract';
import { sql } from 'kysely';
import type { Database, Tx } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';
import type { RejudgeRange } from './rejudge-store.ts';

/** Rows of retro-hunts: what each of them searched, how far it is, and what it changed. */

/** One that is running. What it counts is written as it goes, for whoever asks how far it is. */
export interface RetroHunt {
  /** So many changed genes were searched, so many candidates met. */
  found(genes: number, candidates: number): Promise<void>;
  /** So many of the candidates were looked at. */
  searched(candidates: number): Promise<void>;
  /** So many artifacts were judged again. */
  judged(artifacts: number): Promise<void>;
  /** In the transaction that ends the re-judging: records what is another now. */
  end(tx: Tx): Promise<void>;
}

/** Begins a retro-hunt, or takes up the one that was cut off here. */
export async function beginRetroHunt(db: Database, scope: string, range: RejudgeRange): Promise<RetroHunt> {
  const { rows } = await sql<{ id: string }>`
    insert into retro_hunt (organisation, id, after_generation, until_generation)
    values (${scope}, ${newId()}, ${range.after}, ${range.until})
    on conflict (organisation, after_generation) where reason = 'knowledge' do update set
      until_generation = excluded.until_generation, state = 'running', genes = 0, found = 0, searched = 0
    returning id`.execute(db);
  const id = rows[0]?.id ?? '';
  const add = async (change: ReturnType<typeof sql>): Promise<void> => {
    await sql`update retro_hunt set ${change} where organisation = ${scope} and id = ${id}`.execute(db);
  };
  return {
    found: (genes, candidates) => add(sql`genes = genes + ${genes}, found = found + ${candidates}`),
    searched: (candidates) => add(sql`searched = searched + ${candidates}`),
    judged: (artifacts) => add(sql`judged = judged + ${artifacts}`),
    end: async (tx) => {
      await insertChanges(tx, scope, id, range);
      await sql`update retro_hunt set state = 'done', finished_at = now(), until_generation = ${range.until}
        where organisation = ${scope} and id = ${id}`.execute(tx);
    },
  };
}

/**
 * Artifacts whose verdict is another than the last one before the range, or than the first one where it was first judged
 * within it. The same word for other reasons is a change where it accuses.
 */
async function insertChanges(tx: Tx, scope: string, id: string, range: RejudgeRange): Promise<void> {
  const global = scope === GLOBAL_ORGANISATION;
  await sql`
    insert into retro_hunt_change (organisation, scope, retro_hunt_id, sha256, layout, before, after)
    select v.organisation, ${scope}, ${id}, v.sha256, v.layout, b.verdict, v.verdict
    from verdict v
    cross join lateral (select h.verdict, h.evidence from verdict_history h
      where h.organisation = v.organisation and h.sha256 = v.sha256 and h.layout = v.layout
      order by case when ${global} then h.global_generation else h.organisation_generation end <= ${range.after} desc,
        case when case when ${global} then h.global_generation else h.organisation_generation end <= ${range.after}
          then -h.number else h.number end
      limit 1) b
    where (${global} or v.organisation = ${scope})
      and case when ${global} then v.global_generation else v.organisation_generation end > ${range.after}
      and (b.verdict <> v.verdict
        or v.verdict in ('malicious', 'suspicious') and b.evidence -> 'reasons' <> v.evidence -> 'reasons')
    on conflict do nothing`.execute(tx);
}

export interface RetroHuntRow {
  readonly id: string;
  readonly scope: string;
  readonly reason: 'knowledge' | 'rules';
  readonly state: 'running' | 'done';
  readonly genes: number;
  readonly found: number;
  readonly searched: number;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  /** Of this organisation. */
  readonly changedArtifacts: number;
  readonly changedScans: number;
  /** Families whose labels began or ceased to speak. */
  readonly families: readonly string[];
}

/** Scans of the organisation whose change of verdict lies in what a retro-hunt `h` made known, or in its rules. */
const SCAN_CHANGES = (organisation: string) => sql`scan_change c where c.organisation = ${organisation}
  and c.at >= h.started_at
  and case when h.reason = 'rules' then c.rules_before < h.rules and c.rules_after >= h.rules
    when c.rules_before < c.rules_after then false
    when h.organisation = ${GLOBAL_ORGANISATION} then c.global_before < h.until_generation and c.global_after > h.after_generation
    else c.organisation_before < h.until_generation and c.organisation_after > h.after_generation end`;

const SELECT = (organisation: string) => sql`
  select h.id, h.organisation as scope, h.reason, h.state, h.genes, h.found, h.searched, h.started_at as "startedAt",
    h.finished_at as "finishedAt",
    (select count(*)::int from retro_hunt_change c where c.organisation = ${organisation} and c.scope = h.organisation
      and c.retro_hunt_id = h.id) as "changedArtifacts",
    (select count(distinct c.scan_id)::int from ${SCAN_CHANGES(organisation)}) as "changedScans",
    array(select f.name from family f where f.organisation = h.organisation and exists (select from label l
        left join label_revocation r on r.organisation = l.organisation and r.label_id = l.id
        where l.organisation = f.organisation and l.family_id = f.id
          and (l.generation > h.after_generation and l.generation <= h.until_generation
            or r.generation > h.after_generation and r.generation <= h.until_generation))
      order by f.name limit 20) as families
  from retro_hunt h
  where h.organisation in (${GLOBAL_ORGANISATION}, ${organisation})`;

/** Newest first, behind the one with id `behind`. */
export async function listRetroHunts(
  db: Database,
  organisation: string,
  limit: number,
  behind: string | null,
): Promise<readonly RetroHuntRow[]> {
  // Ids are UUIDv7: their order is that of time.
  const after = behind === null ? sql`` : sql`and h.id < ${behind}::uuid`;
  const { rows } = await sql<RetroHuntRow>`${SELECT(organisation)} ${after} order by h.id desc limit ${limit}`.execute(
    db,
  );
  return rows;
}

export async function findRetroHunt(db: Database, organisation: string, id: string): Promise<RetroHuntRow | null> {
  const { rows } = await sql<RetroHuntRow>`${SELECT(organisation)} and h.id = ${id}`.execute(db);
  return rows[0] ?? null;
}

export interface ArtifactChange {
  readonly sha256: string;
  readonly layout: Layout;
  readonly before: ArtifactVerdict;
  readonly after: ArtifactVerdict;
}

/** What accuses first; at most `limit`. */
export async function artifactChanges(
  db: Database,
  organisation: string,
  id: string,
  limit: number,
): Promise<readonly ArtifactChange[]> {
  const { rows } = await sql<ArtifactChange>`
    select encode(sha256, 'hex') as sha256, layout, before, after from retro_hunt_change
    where organisation = ${organisation} and retro_hunt_id = ${id}
    order by array_position(array['malicious', 'suspicious', 'unknown', 'trusted'], after), sha256, layout
    limit ${limit}`.execute(db);
  return rows;
}

export interface ScanChange {
  readonly scanId: string;
  readonly endpoint: { readonly id: string; readonly name: string } | null;
  readonly createdAt: Date;
  readonly before: string;
  readonly after: string;
  readonly familiesBefore: readonly string[];
  readonly familiesAfter: readonly string[];
}

/** Past scans that are judged otherwise now; the infected ones first, each at most once a change; at most `limit`. */
export async function scanChanges(
  db: Database,
  organisation: string,
  id: string,
  limit: number,
): Promise<readonly ScanChange[]> {
  interface Row extends Omit<ScanChange, 'endpoint'> {
    readonly endpointId: string | null;
    readonly endpointName: string | null;
  }
  const { rows } = await sql<Row>`
    select c.scan_id as "scanId", c.before, c.after, c.families_before as "familiesBefore",
      c.families_after as "familiesAfter", s.created_at as "createdAt", e.id as "endpointId", e.name as "endpointName"
    from retro_hunt h
    cross join lateral (select c.* from ${SCAN_CHANGES(organisation)}) c
    join scan s on s.organisation = c.organisation and s.id = c.scan_id
    left join endpoint e on e.organisation = s.organisation and e.id = s.endpoint_id
    where h.id = ${id}
    order by array_position(array['infected', 'suspicious', 'incomplete', 'no_threats'], c.after), s.created_at, c.number
    limit ${limit}`.execute(db);
  return rows.map(({ endpointId, endpointName, ...row }) => ({
    ...row,
    endpoint: endpointId === null || endpointName === null ? null : { id: endpointId, name: endpointName },
  }));
}
