import { type DecisionBasis, type FamilyType, GLOBAL_ORGANISATION, type Layout } from '@genehound/contract';
import { type HashLabel, leaningOf } from '@genehound/genes';
import { sql } from 'kysely';
import type { Context } from '../../platform/context.ts';
import { type Database, digest, text } from '../../platform/database.ts';

import type { Knowledge } from './knowledge.ts';

export { type DecisionItem, type DecisionOrder, decide, previewOrder } from './decide.ts';
export { decidedResource } from './decision-routes.ts';
export { raiseConflict, resolveConflicts, typesOf } from './decision-store.ts';
export { type FamilySample, familySamples } from './family-samples-store.ts';
export { changedGenes } from './index-store.ts';
export { Knowledge } from './knowledge.ts';
export { knownAs } from './known-store.ts';
export { advanceGeneration, lockGeneration } from './label-store.ts';

/** What other features may know of the genome; the context of features that judge. */
export type KnowingContext = Context & { readonly knowledge: Knowledge };

interface LabelRow {
  readonly organisation: string;
  readonly sha256: string;
  readonly layout: Layout;
  readonly family: string;
  readonly type: FamilyType;
  readonly source: string;
  readonly id: string;
  readonly basis: DecisionBasis;
  readonly decision: string | null;
}

/** The labels that speak for exactly these artifacts, in both scopes; newest last. */
async function speakingLabels(
  db: Database,
  organisations: readonly string[],
  hashes: readonly string[],
): Promise<readonly LabelRow[]> {
  if (hashes.length === 0) return [];
  const { rows } = await sql<LabelRow>`
    select l.organisation, encode(l.sha256, 'hex') as sha256, l.layout, f.name as family, f.type, l.source,
      l.id, l.basis, l.decision_id as decision
    from label l join family f on f.organisation = l.organisation and f.id = l.family_id
    where l.organisation = any(${organisations}::uuid[]) and l.sha256 = any(${hashes.map(digest)}::bytea[])
      and l.generation is not null
      and not exists (select from label_revocation r where r.organisation = l.organisation and r.label_id = l.id)
    order by l.sequence`.execute(db);
  return rows;
}

export interface HashLabels {
  readonly organisation: HashLabel | null;
  readonly global: HashLabel | null;
  /**
   * Id of the organisation's label where it is an acquittal by genes and nothing more: what knowledge calls malicious
   * outweighs it. Only an acquittal of the exact hash stands against that.
   */
  readonly acquittal: string | null;
}

export const NO_HASH_LABELS: HashLabels = Object.freeze({ organisation: null, global: null, acquittal: null });

/** Where several labels name one artifact, a malicious one speaks, else the newest. */
function stronger(before: HashLabel | null, next: HashLabel): HashLabel {
  if (before === null) return next;
  const accuses = (label: HashLabel): boolean => leaningOf(label.family.type) === 'malicious';
  return accuses(before) && !accuses(next) ? before : next;
}

function acquittalOf({ id, basis, decision, type }: LabelRow): string | null {
  return basis === 'genes' && decision !== null && leaningOf(type) === 'trusted' ? id : null;
}

/** Labels on exact hashes, by `sha256/layout`. */
export async function hashLabels(
  db: Database,
  organisation: string,
  items: readonly { readonly sha256: string; readonly layout: Layout }[],
): Promise<ReadonlyMap<string, HashLabels>> {
  const hashes = [...new Set(items.map((item) => item.sha256))];
  const result = new Map<string, HashLabels>();
  for (const row of await speakingLabels(db, [GLOBAL_ORGANISATION, organisation], hashes)) {
    const scope = row.organisation === GLOBAL_ORGANISATION ? 'global' : 'organisation';
    const label: HashLabel = { scope, family: { name: row.family, type: row.type }, source: row.source };
    const key = `${row.sha256}/${row.layout}`;
    const before = result.get(key) ?? NO_HASH_LABELS;
    const speaking = stronger(before[scope], label);
    const { acquittal } = before;
    result.set(key, {
      ...before,
      [scope]: speaking,
      acquittal: scope === 'global' || speaking !== label ? acquittal : acquittalOf(row),
    });
  }
  return result;
}

/** Which of these *files* a global label names, and as what: their bytes are not wanted. */
export async function globalFileLabels(
  db: Database,
  hashes: readonly string[],
): Promise<ReadonlyMap<string, FamilyType>> {
  const rows = await speakingLabels(db, [GLOBAL_ORGANISATION], hashes);
  return new Map(rows.filter((row) => row.layout === 'file').map((row) => [row.sha256, row.type]));
}

export { revokeOne } from './revoke.ts';

export interface FamilyInfo {
  readonly id: string;
  readonly name: string;
  readonly type: FamilyType;
}

/** The family of this id or name that an organisation sees; its own before a global one. */
export async function findFamily(
  db: Database,
  organisation: string,
  by: { readonly id: string } | { readonly name: string },
): Promise<FamilyInfo | null> {
  const condition = 'id' in by ? sql`id = ${by.id}` : sql`lower(name) = lower(${text(by.name)})`;
  const { rows } = await sql<FamilyInfo>`select id, name, type from family
    where organisation = any(${[organisation, GLOBAL_ORGANISATION]}::uuid[]) and ${condition}
    order by organisation = ${organisation} desc limit 1`.execute(db);
  return rows[0] ?? null;
}

/** Ids of the organisation's own labels on a file that still hold. */
export async function standingFileLabels(
  db: Database,
  organisation: string,
  sha256: string,
): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`select l.id from label l
    where l.organisation = ${organisation} and l.sha256 = ${digest(sha256)} and l.layout = 'file'
      and not exists (select from label_revocation r where r.organisation = l.organisation and r.label_id = l.id)
    order by l.sequence`.execute(db);
  return rows.map((row) => row.id);
}

/**
 * Whether a label, or every label of a decision, speaks by now: a label that has its generation and is not yet in the
 * index would be missing in the next verdict. failed: its artifact gave no genes.
 */
export async function labelProgress(
  { db, knowledge }: KnowingContext,
  organisation: string,
  id: string,
): Promise<'waiting' | 'speaks' | 'failed' | null> {
  const { rows } = await sql<{ labels: number; waiting: number; failed: number; generation: number | null }>`
    select count(*) as labels, count(*) filter (where l.generation is null) as waiting,
      max(l.generation) as generation,
      count(*) filter (where a.state = 'failed') as failed
    from label l join artifact a on a.organisation = l.organisation and a.sha256 = l.sha256 and a.layout = l.layout
    where l.organisation = ${organisation} and (l.id = ${id} or l.decision_id = ${id})`.execute(db);
  const row = rows[0];
  if (row === undefined || row.labels === 0) return null;
  if (row.failed > 0) return 'failed';
  if (row.waiting > 0) return 'waiting';
  const { generation } = await knowledge.indexState(organisation);
  return generation < (row.generation ?? 0) ? 'waiting' : 'speaks';
}
