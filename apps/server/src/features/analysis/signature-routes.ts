import { type Answer, AppError, type signatures as contract } from '@genehound/contract';
import type { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import { inTransaction } from '../../platform/database.ts';
import type { Handlers } from '../../platform/http/api.ts';
import type { Principal } from '../../platform/http/principal.ts';
import { appendAudit } from '../accounts/read.ts';
import { ChildBroken } from './extraction/asking-child.ts';
import type { RuleText } from './extraction/rule-messages.ts';
import { SWEEP_SIGNATURES } from './jobs.ts';
import { ruleTextProblem } from './rule-text.ts';
import {
  countSignatures,
  countUnexamined,
  insertSignatures,
  listSignatures,
  rulesVersion,
  withdrawSignatures,
} from './signature-store.ts';
import type { Signatures } from './signatures.ts';

type Names = 'addSignatures' | 'listSignatures' | 'getSignatureStatus' | 'withdrawSignatures';

function demandOperator(principal: Principal): void {
  if (!principal.roles.includes('operator')) throw new AppError('forbidden');
}

/** Sequences that a rule names: its strings, as far as their definitions tell. */
function sequencesOf(text: string): number {
  return new Set(text.match(/\$\w+(?=\s*=)/g) ?? []).size;
}

async function add(
  context: Context,
  signatures: Signatures,
  principal: Principal,
  body: z.output<typeof contract.newSignatures>,
): Promise<Answer<'addSignatures'>> {
  demandOperator(principal);
  const { source, licence, attribution } = body;
  const problems: Answer<'addSignatures'>['problems'] = [];
  const fitting: RuleText[] = [];
  for (const { name, text } of body.rules) {
    const problem = ruleTextProblem(name, text);
    if (problem === null) fitting.push({ name, text });
    else problems.push({ name, problem });
  }
  try {
    // Never with the compiler what is refused anyway: it would read the files that an include names.
    if (fitting.length > 0) problems.push(...(await signatures.check(fitting)));
  } catch (error) {
    if (!(error instanceof ChildBroken)) throw error;
    throw new AppError('unavailable', { details: `Signatures are off. ${error.message}` });
  }
  const bad = new Set(problems.map(({ name }) => name));
  const good = body.rules.filter(({ name }) => !bad.has(name));
  const { actor, organisation } = principal;
  const added = await inTransaction(context.db, async (tx) => {
    const rules = good.map((rule) => ({ ...rule, sequences: sequencesOf(rule.text) }));
    const count = await insertSignatures(tx, rules, { source, licence, attribution, actor });
    if (count === 0) return 0;
    await appendAudit(tx, {
      organisation,
      actor,
      action: 'add-signatures',
      subject: source,
      details: { rules: count },
    });
    await context.jobs.enqueue(tx, SWEEP_SIGNATURES, [{ reason: 'rules were added' }]);
    return count;
  });
  return { added, known: good.length - added, problems };
}

export function signatureHandlers(context: Context, signatures: Signatures): Pick<Handlers, Names> {
  const { db } = context;
  return {
    addSignatures: ({ principal, body }) => add(context, signatures, principal, body),
    listSignatures: async ({ query: { limit, cursor } }) => {
      const rows = await listSignatures(db, limit + 1, cursor ?? null);
      const items = rows.slice(0, limit);
      return {
        items: items.map(({ createdAt, ...row }) => ({ ...row, createdAt: createdAt.toISOString() })),
        nextCursor: rows.length > limit ? (items.at(-1)?.name ?? null) : null,
      };
    },
    getSignatureStatus: async ({ principal }) => {
      const rules = await countSignatures(db);
      const version = await rulesVersion(db);
      const pending = version === 0 ? 0 : await countUnexamined(db, principal.organisation, version);
      const state = signatures.off !== null ? 'off' : rules === 0 ? 'none' : 'on';
      return { state, reason: signatures.off, rules, pending };
    },
    withdrawSignatures: async ({ principal, body }) => {
      demandOperator(principal);
      const { organisation, actor } = principal;
      const withdrawn = await inTransaction(db, async (tx) => {
        const count = await withdrawSignatures(tx, body.source, actor);
        if (count === 0) return 0;
        const details = { rules: count };
        await appendAudit(tx, { organisation, actor, action: 'withdraw-signatures', subject: body.source, details });
        await context.jobs.enqueue(tx, SWEEP_SIGNATURES, [{ reason: 'rules were withdrawn' }]);
        return count;
      });
      return { withdrawn };
    },
  };
}
