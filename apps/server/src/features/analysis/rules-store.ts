import type { Layout } from '@genehound/contract';
import { GLOBAL_ORGANISATION } from '@genehound/contract';
import { sql } from 'kysely';
import { type Database, digest, type Tx } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';
import type { ArtifactKey, ReplacedVerdict, VerdictRow } from './analysis-store.ts';

/** Rows of what older rules judged, and of the retro-hunt by which today's rules judge it. */

export interface OldArtifact {
  readonly number: number;
  readonly organisation: string;
  readonly sha256: string;
  readonly layout: Layout;
  /** Bytes. */
  readonly size: number;
}

/** Artifacts whose verdict is of older rules than `rules`, in the order of their numbers behind `behind`. */
export async function judgedByOlder(
  db: Database,
  rules: number,
  behind: number,
  limit: number,
): Promise<readonly OldArtifact[]> {
  const { rows } = await sql<OldArtifact>`
    select a.number, a.organisation, encode(a.sha256, 'hex') as sha256, a.layout, a.size
    from verdict v join artifact a using (organisation, sha256, layout)
    where v.rules < ${rules} and a.number > ${behind}
    order by a.number limit ${limit}`.execute(db);
  return rows;
}

/** True where an artifact or a judged scan is of older rules. */
export async function hasOlder(db: Database, rules: number): Promise<boolean> {
  const { rows } = await sql<{ there: boolean }>`
    select exists (select from verdict v join artifact a using (organisation, sha256, layout) where v.rules < ${rules})
      or exists (select from scan where state = 'done' and rules < ${rules}) as there`.execute(db);
  return rows[0]?.there ?? false;
}

/** Begins the retro-hunt by these rules, or takes up the one that was cut off. Answers its id. */
export async function beginRulesHunt(db: Database, rules: number): Promise<string> {
  // The global scope has the row of its generation before any label.
  await sql`insert into generation (organisation) values (${GLOBAL_ORGANISATION}) on conflict do nothing`.execute(db);
  const { rows } = await sql<{ id: string }>`
    insert into retro_hunt (organisation, id, reason, rules, after_generation, until_generation, found)
    select ${GLOBAL_ORGANISATION}, ${newId()}, 'rules', ${rules}, g.value, g.value,
      (select count(*) from verdict v join artifact a using (organisation, sha256, layout) where v.rules < ${rules})
    from generation g where g.organisation = ${GLOBAL_ORGANISATION}
    on conflict (rules) where reason = 'rules' do update set
      state = 'running', found = retro_hunt.searched + excluded.found
    returning id`.execute(db);
  return rows[0]?.id ?? '';
}

export async function noteSearched(db: Database, id: string, searched: number): Promise<void> {
  await sql`update retro_hunt set searched = searched + ${searched}
    where organisation = ${GLOBAL_ORGANISATION} and id = ${id}`.execute(db);
}

/** Ends it, and those by older rules that another release left in the middle: it did their work, too. */
export async function endRulesHunt(tx: Tx, id: string): Promise<void> {
  await sql`update retro_hunt set state = 'done', finished_at = now()
    where organisation = ${GLOBAL_ORGANISATION} and (id = ${id} or reason = 'rules' and state = 'running'
      and rules < (select rules from retro_hunt where organisation = ${GLOBAL_ORGANISATION} and id = ${id}))`.execute(
    tx,
  );
}

/** Notes a verdict that is another by these rules. The same word for other reasons is a change where it accuses. */
export async function noteChange(
  tx: Tx,
  id: string,
  key: ArtifactKey,
  { judgement }: VerdictRow,
  before: ReplacedVerdict,
): Promise<void> {
  const accuses = judgement.verdict === 'malicious' || judgement.verdict === 'suspicious';
  const otherReasons = JSON.stringify(before.reasons) !== JSON.stringify(judgement.evidence.reasons);
  if (before.verdict === judgement.verdict && !(accuses && otherReasons)) return;
  await sql`insert into retro_hunt_change (organisation, scope, retro_hunt_id, sha256, layout, before, after)
    values (${key.organisation}, ${GLOBAL_ORGANISATION}, ${id}, ${digest(key.sha256)}, ${key.layout},
      ${before.verdict}, ${judgement.verdict}) on conflict do nothing`.execute(tx);
}
