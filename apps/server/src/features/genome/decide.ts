import {
  AppError,
  type DecisionBasis,
  type DecisionKind,
  type FamilyType,
  type LeftOutReason,
} from '@genehound/contract';
import { leaningOf } from '@genehound/genes';
import type { Context } from '../../platform/context.ts';
import { type Database, inTransaction, type Tx } from '../../platform/database.ts';
import type { Principal } from '../../platform/http/principal.ts';
import { newId } from '../../platform/ids.ts';
import { appendAudit } from '../accounts/read.ts';
import {
  type ArtifactRef,
  type DecidableArtifact,
  type DecisionRow,
  decidableArtifacts,
  findDecision,
  insertDecision,
} from './decision-store.ts';
import { ACTIVATE_LABELS } from './jobs.ts';
import { insertLabel, putFamily } from './label-store.ts';

/** One artifact to acquit or convict, as code of this family. */
export interface DecisionItem extends ArtifactRef {
  readonly family: string;
  readonly type: FamilyType;
}

export interface DecisionOrder {
  readonly kind: DecisionKind;
  readonly basis: DecisionBasis;
  readonly reason: string | null;
  readonly scanId: string | null;
  readonly items: readonly DecisionItem[];
}

interface LeftOut extends ArtifactRef {
  readonly why: LeftOutReason;
  readonly details: string;
}

export interface Preview {
  readonly taken: readonly (DecisionItem & { readonly verdict: DecidableArtifact['verdict'] })[];
  readonly leftOut: readonly LeftOut[];
}

type Refusal = readonly [LeftOutReason, string] | null;

/** Acquitting by genes takes what is unknown alone; one exact hash may be acquitted whatever it is. */
function refusalToAcquit(row: DecidableArtifact, basis: DecisionBasis): Refusal {
  if (basis === 'hash') return null;
  if (row.acquittedAs[0] !== undefined) return ['decided', `It is acquitted already, as ${row.acquittedAs[0]}`];
  if (row.verdict === 'malicious') return ['malicious', 'Its verdict is malicious'];
  if (row.verdict === 'suspicious') return ['suspicious', 'Its verdict is suspicious'];
  if (row.found) return ['finding', 'It was found where code should not be, or changed in memory'];
  if (row.verdict === 'trusted') return ['decided', 'It is trusted already'];
  return null;
}

function refusalOf(row: DecidableArtifact | undefined, order: DecisionOrder): Refusal {
  if (row === undefined) return ['not_found', 'The organisation has no such artifact'];
  if (row.verdict === null || row.state === 'queued' || row.state === 'running')
    return ['not_analysed', 'It is not analysed yet'];
  if (order.kind === 'acquit') return refusalToAcquit(row, order.basis);
  if (row.convictedAs[0] !== undefined) return ['decided', `It is convicted already, as ${row.convictedAs[0]}`];
  return null;
}

const nameOf = ({ sha256, layout }: ArtifactRef): string => `${sha256}/${layout}`;

/** What a decision would do now. AppError bad_request for an order that makes no sense. */
export async function previewOrder(db: Database | Tx, organisation: string, order: DecisionOrder): Promise<Preview> {
  checkOrder(order);
  const items = new Map(order.items.map((item) => [nameOf(item), item]));
  const rows = await decidableArtifacts(db, organisation, [...items.values()]);
  const known = new Map(rows.map((row) => [nameOf(row), row]));
  const taken: Preview['taken'][number][] = [];
  const leftOut: LeftOut[] = [];
  for (const [name, item] of items) {
    const row = known.get(name);
    const refusal = refusalOf(row, order);
    const { sha256, layout } = item;
    if (refusal === null) taken.push({ ...item, verdict: row?.verdict ?? null });
    else leftOut.push({ sha256, layout, why: refusal[0], details: refusal[1] });
  }
  return { taken, leftOut };
}

function checkOrder({ kind, basis, reason, items }: DecisionOrder): void {
  const refuse = (details: string): never => {
    throw new AppError('bad_request', { details });
  };
  if (basis === 'hash' && items.length !== 1) refuse('basis hash decides on exactly one artifact');
  if (basis === 'hash' && reason === null) refuse('basis hash needs a reason');
  for (const { type } of items) {
    const acquits = leaningOf(type) === 'trusted';
    if (kind === 'acquit' && !acquits) refuse(`${type} is no type of trusted code`);
    if (kind === 'convict' && acquits) refuse(`${type} is a type of trusted code`);
  }
}

/** AppError conflict where the family is there with another type. */
async function familyOf(tx: Tx, organisation: string, item: DecisionItem): Promise<string> {
  const family = await putFamily(tx, organisation, item.family, item.type);
  if (family.type === item.type) return family.id;
  const details = `The family ${family.name} is there as ${family.type}, not as ${item.type}`;
  throw new AppError('conflict', { details });
}

export type DecideContext = Pick<Context, 'db' | 'jobs'>;

export interface Decided extends Preview {
  readonly decision: DecisionRow;
}

/**
 * Records a decision of the organisation and the labels that follow from it, all or nothing; they speak as one
 * generation soon after. AppError bad_request; conflict where nothing is left to decide, or a family has another type.
 */
export async function decide(
  { db, jobs }: DecideContext,
  { organisation, actor }: Pick<Principal, 'organisation' | 'actor'>,
  order: DecisionOrder,
): Promise<Decided> {
  const { kind, basis, reason, scanId } = order;
  return await inTransaction(db, async (tx) => {
    const preview = await previewOrder(tx, organisation, order);
    if (preview.taken.length === 0) {
      const details = `There is nothing to ${kind}: ${preview.leftOut[0]?.details ?? 'no artifact was named'}`;
      throw new AppError('conflict', { details });
    }
    const id = newId();
    await insertDecision(tx, { organisation, id, kind, basis, reason, scanId, actor });
    const families = new Map<string, string>();
    for (const item of preview.taken) {
      const name = item.family.toLowerCase();
      const family = families.get(name) ?? (await familyOf(tx, organisation, item));
      families.set(name, family);
      const source = scanId === null ? kind : `${kind}, scan ${scanId}`;
      const key = { organisation, sha256: item.sha256, layout: item.layout };
      await insertLabel(tx, { key, family, source, reason, actor, basis, decision: id });
    }
    await appendAudit(tx, {
      organisation,
      actor,
      action: kind,
      subject: id,
      details: { basis, reason, scanId, artifacts: preview.taken.length, leftOut: preview.leftOut.length },
    });
    await jobs.enqueue(tx, ACTIVATE_LABELS, [{ scope: organisation }]);
    const decision = await findDecision(tx, organisation, id);
    if (decision === null) throw new Error('The decision is not there');
    return { ...preview, decision };
  });
}
