import { type Answer, AppError, type cases as contract } from '@genehound/contract';
import type { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import { inTransaction } from '../../platform/database.ts';
import type { Handlers } from '../../platform/http/api.ts';
import type { Principal } from '../../platform/http/principal.ts';
import { appendAudit } from '../accounts/read.ts';
import { findEndpoint } from '../endpoints/read.ts';
import { positionOf } from '../scans/read.ts';
import * as store from './case-store.ts';

type Change = z.output<typeof contract.caseChange>;

function resource(row: store.CaseRow): Answer<'listCases'>['items'][number] {
  return {
    id: row.id,
    endpoint: { id: row.endpointId, name: row.endpointName },
    artifact: row.sha256 === null || row.layout === null ? null : { sha256: row.sha256, layout: row.layout },
    state: row.state,
    assignee: row.assignee,
    comments: row.comments,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

async function details({ db }: Context, organisation: string, id: string): Promise<Answer<'getCase'>> {
  const row = await store.findCase(db, organisation, id);
  if (row === null) throw new AppError('not_found', { what: 'The case' });
  const events = await store.caseEvents(db, organisation, id);
  return { ...resource(row), events: events.map((event) => ({ ...event, at: event.at.toISOString() })) };
}

async function change(context: Context, { organisation, actor }: Principal, body: Change): Promise<string> {
  const { endpointId, artifact = null, state, assignee, comment } = body;
  return await inTransaction(context.db, async (tx) => {
    if ((await findEndpoint(tx, organisation, endpointId)) === null)
      throw new AppError('not_found', { what: 'The endpoint' });
    if (artifact !== null && !(await store.hasArtifact(tx, organisation, endpointId, artifact)))
      throw new AppError('not_found', { what: 'This artifact on that endpoint' });
    const before = await store.putCase(tx, organisation, endpointId, artifact);
    const record = (kind: 'comment' | 'state' | 'assignee', value: string | null) =>
      store.recordEvent(tx, organisation, before.id, { kind, value, by: actor });
    if (state !== undefined && state !== before.state) await record('state', state);
    if (assignee !== undefined && assignee !== before.assignee) await record('assignee', assignee);
    if (comment !== undefined) await record('comment', comment);
    const told = {
      endpointId,
      ...(artifact === null ? {} : { artifact }),
      ...(state === undefined ? {} : { state }),
      ...(assignee === undefined ? {} : { assignee }),
      comment: comment !== undefined,
    };
    context.live.publish(tx, organisation, { kind: 'case', caseId: before.id, state: state ?? before.state });
    await appendAudit(tx, { organisation, actor, action: 'change-case', subject: before.id, details: told });
    return before.id;
  });
}

export function caseHandlers(context: Context): Pick<Handlers, 'listCases' | 'getCase' | 'changeCase'> {
  return {
    listCases: async ({ principal, query }) => {
      const { limit, cursor, ...filter } = query;
      const behind = cursor === undefined ? null : positionOf(cursor);
      const found = await store.listCases(context.db, principal.organisation, filter, limit + 1, behind);
      const shown = found.slice(0, limit);
      const last = found.length > limit ? shown.at(-1) : undefined;
      const nextCursor = last === undefined ? null : Buffer.from(`${last.position}|${last.id}`).toString('base64url');
      return { items: shown.map(resource), nextCursor };
    },
    getCase: ({ principal, params }) => details(context, principal.organisation, params.id),
    changeCase: async ({ principal, body }) =>
      await details(context, principal.organisation, await change(context, principal, body)),
  };
}
