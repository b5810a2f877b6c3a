import { type Answer, AppError, type decisions, GLOBAL_ORGANISATION } from '@genehound/contract';
import type { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import type { Handlers } from '../../platform/http/api.ts';
import { type Decided, type DecisionOrder, decide, previewOrder } from './decide.ts';
import {
  type DecisionRow,
  findDecision,
  type LabelRow,
  listConflicts,
  listDecisions,
  listLabels,
} from './decision-store.ts';
import { revokeOne, undo } from './revoke.ts';

type Names =
  | 'listLabels'
  | 'revokeLabel'
  | 'listDecisions'
  | 'getDecision'
  | 'decide'
  | 'previewDecision'
  | 'undoDecision'
  | 'listConflicts';

function decisionResource(row: DecisionRow): Answer<'getDecision'> {
  return { ...row, families: [...row.families], createdAt: row.createdAt.toISOString() };
}

function labelResource(row: LabelRow): Answer<'revokeLabel'> {
  const { organisation, sequence: _, revokedAt, revokedBy, revokedReason, ...rest } = row;
  return {
    ...rest,
    scope: organisation === GLOBAL_ORGANISATION ? 'global' : 'organisation',
    createdAt: row.createdAt.toISOString(),
    revoked: revokedAt === null ? null : { at: revokedAt.toISOString(), by: revokedBy ?? '', reason: revokedReason },
  };
}

function orderOf(body: z.output<typeof decisions.newDecision>): DecisionOrder {
  const { kind, basis, family } = body;
  const type = body.type ?? (kind === 'acquit' ? 'application' : 'malware');
  return {
    kind,
    basis,
    reason: body.reason ?? null,
    scanId: body.scanId ?? null,
    items: body.artifacts.map((artifact) => ({ ...artifact, family, type })),
  };
}

function previewResource(preview: Awaited<ReturnType<typeof previewOrder>>): Answer<'previewDecision'> {
  const taken = preview.taken.map(({ sha256, layout, family, verdict }) => ({ sha256, layout, family, verdict }));
  return { taken, leftOut: preview.leftOut.map((item) => ({ ...item })) };
}

export function decidedResource({ decision, ...preview }: Decided): Answer<'decide'> {
  return { ...previewResource(preview), decision: decisionResource(decision) };
}

/** A page of rows, asked for with one more than the page has. */
function pageOf<T, R>(rows: readonly T[], limit: number, resource: (row: T) => R, cursorOf: (row: T) => string) {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(resource),
    nextCursor: rows.length > limit && last !== undefined ? cursorOf(last) : null,
  };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function decisionHandlers(context: Context): Pick<Handlers, Names> {
  const { db } = context;
  return {
    listLabels: async ({ principal, query }) => {
      const { limit, cursor, ...filter } = query;
      const scopes = [GLOBAL_ORGANISATION, principal.organisation];
      // A cursor that is not ours starts at the beginning.
      const behind = cursor !== undefined && /^\d{1,15}$/.test(cursor) ? Number(cursor) : null;
      const rows = await listLabels(db, scopes, filter, limit + 1, behind);
      return pageOf(rows, limit, labelResource, (row) => String(row.sequence));
    },
    revokeLabel: async ({ principal, params, body }) =>
      labelResource(await revokeOne(context, principal, params.id, body.reason ?? null)),
    listDecisions: async ({ principal, query }) => {
      const behind = query.cursor !== undefined && UUID.test(query.cursor) ? query.cursor : null;
      const rows = await listDecisions(db, principal.organisation, query.limit + 1, behind);
      return pageOf(rows, query.limit, decisionResource, (row) => row.id);
    },
    getDecision: async ({ principal, params }) => {
      const row = await findDecision(db, principal.organisation, params.id);
      if (row === null) throw new AppError('not_found', { what: 'The decision' });
      return decisionResource(row);
    },
    decide: async ({ principal, body }) => decidedResource(await decide(context, principal, orderOf(body))),
    previewDecision: async ({ principal, body }) =>
      previewResource(await previewOrder(db, principal.organisation, orderOf(body))),
    undoDecision: async ({ principal, params, body }) =>
      decisionResource(await undo(context, principal, params.id, body.reason ?? null)),
    listConflicts: async ({ principal }) => ({
      items: (await listConflicts(db, principal.organisation)).map((row) => ({
        ...row,
        families: [...row.families],
        raisedAt: row.raisedAt.toISOString(),
        resolvedAt: row.resolvedAt?.toISOString() ?? null,
      })),
    }),
  };
}
