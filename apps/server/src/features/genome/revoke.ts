import { AppError, GLOBAL_ORGANISATION } from '@genehound/contract';
import { inTransaction, type Tx } from '../../platform/database.ts';
import type { Principal } from '../../platform/http/principal.ts';
import { appendAudit } from '../accounts/read.ts';
import { REJUDGE } from '../analysis/jobs.ts';
import type { DecideContext } from './decide.ts';
import { type DecisionRow, findDecision, findLabelById, type LabelRow, standingLabels } from './decision-store.ts';
import { revokeLabels } from './label-store.ts';

type Who = Pick<Principal, 'organisation' | 'actor' | 'roles'>;

interface Revocation {
  readonly scope: string;
  readonly labels: readonly string[];
  readonly reason: string | null;
  readonly action: string;
  readonly subject: string;
}

async function revoke({ jobs }: DecideContext, tx: Tx, who: Who, revocation: Revocation): Promise<void> {
  const { scope, labels, reason, action, subject } = revocation;
  const revoked = await revokeLabels(tx, scope, labels, who.actor, reason);
  if (revoked === 0) return;
  await appendAudit(tx, {
    organisation: who.organisation,
    actor: who.actor,
    action,
    subject,
    details: { reason, labels: revoked, scope: scope === GLOBAL_ORGANISATION ? 'global' : 'organisation' },
  });
  await jobs.enqueue(tx, REJUDGE, [{ scope }]);
}

/**
 * Records that a label no longer holds; what it concerned is judged again. Again for one that was revoked changes
 * nothing. AppError not_found; forbidden for a global label to all but operators.
 */
export async function revokeOne(
  context: DecideContext,
  who: Who,
  id: string,
  reason: string | null,
): Promise<LabelRow> {
  const scopes = [GLOBAL_ORGANISATION, who.organisation];
  return await inTransaction(context.db, async (tx) => {
    const found = await findLabelById(tx, scopes, id);
    if (found === null) throw new AppError('not_found', { what: 'The label' });
    if (found.organisation === GLOBAL_ORGANISATION && !who.roles.includes('operator')) throw new AppError('forbidden');
    const scope = found.organisation;
    await revoke(context, tx, who, { scope, labels: [id], reason, action: 'revoke-label', subject: id });
    const after = await findLabelById(tx, scopes, id);
    if (after === null) throw new Error('The label is not there');
    return after;
  });
}

/** Revokes every label of a decision that still holds, as one generation. AppError not_found. */
export async function undo(context: DecideContext, who: Who, id: string, reason: string | null): Promise<DecisionRow> {
  const { organisation } = who;
  return await inTransaction(context.db, async (tx) => {
    const found = await findDecision(tx, organisation, id);
    if (found === null) throw new AppError('not_found', { what: 'The decision' });
    const labels = await standingLabels(tx, organisation, id);
    const action = `undo-${found.kind}`;
    await revoke(context, tx, who, { scope: organisation, labels, reason, action, subject: id });
    return (await findDecision(tx, organisation, id)) ?? found;
  });
}
