import { type Answer, AppError, LAYOUTS } from '@genehound/contract';
import { decodeGeneSet } from '@genehound/genes';
import { inTransaction } from '../../platform/database.ts';
import type { Handlers } from '../../platform/http/api.ts';
import { newId } from '../../platform/ids.ts';
import { appendAudit } from '../accounts/read.ts';
import type { KnowingContext } from '../genome/read.ts';
import * as store from './code-search-store.ts';
import type { FairTurns } from './fair-turns.ts';
import { SEARCH_CODE } from './jobs.ts';
import { resolveQuestion } from './resolve-question.ts';
import type { Signatures } from './signatures.ts';

type Names = 'listCodeSearches' | 'searchCode' | 'getCodeSearch' | 'listCodeHits' | 'removeCodeSearch';

/** Searches of one organisation that are open at a time. */
const MOST_OPEN = 4;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

function resource(row: store.SearchRow): Answer<'getCodeSearch'> {
  const { id, question, state, problem, candidates, searched, unread, hits, cut, createdBy, createdAt, finishedAt } =
    row;
  return {
    ...{ id, question, state, problem, candidates, searched, unread, hits, cut, createdBy },
    genes: row.genes === null ? null : decodeGeneSet(row.genes).high.length,
    createdAt: createdAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
  };
}

function placeOf(cursor: string | undefined): { sha256: string; layout: string } | null {
  const [sha256 = '', layout = ''] = cursor?.split('/') ?? [];
  return /^[0-9a-f]{64}$/.test(sha256) && LAYOUTS.some((one) => one === layout) ? { sha256, layout } : null;
}

export function codeSearchHandlers(
  context: KnowingContext,
  signatures: Signatures,
  turns: FairTurns,
): Pick<Handlers, Names> {
  const { db, jobs } = context;
  const find = async (organisation: string, id: string): Promise<store.SearchRow> => {
    const row = await store.findSearch(db, organisation, id);
    if (row === null) throw new AppError('not_found', { what: 'The search' });
    return row;
  };
  return {
    listCodeSearches: async ({ principal, query: { limit, cursor } }) => {
      const behind = cursor !== undefined && UUID.test(cursor) ? cursor : null;
      const rows = await store.listSearches(db, principal.organisation, limit + 1, behind);
      const page = rows.slice(0, limit);
      return { items: page.map(resource), nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
    },
    searchCode: async ({ principal: { organisation, actor }, body }) => {
      const id = newId();
      const resolved = await turns.take(organisation, () => resolveQuestion(context, signatures, organisation, body));
      await inTransaction(db, async (tx) => {
        if (!(await store.insertSearch(tx, organisation, { ...resolved, id, by: actor }, MOST_OPEN)))
          throw new AppError('conflict', { details: `${MOST_OPEN} searches are open already; wait, or remove one` });
        await appendAudit(tx, {
          organisation,
          actor,
          action: 'search-code',
          subject: id,
          details: { by: body.by },
        });
        await jobs.enqueue(tx, SEARCH_CODE, [{ organisation, id }]);
      });
      return resource(await find(organisation, id));
    },
    getCodeSearch: async ({ principal, params }) => resource(await find(principal.organisation, params.id)),
    listCodeHits: async ({ principal: { organisation }, params: { id }, query: { limit, cursor } }) => {
      await find(organisation, id);
      const rows = await store.listHits(db, organisation, id, limit + 1, placeOf(cursor));
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.map((row) => ({ ...row })),
        nextCursor: rows.length > limit && last !== undefined ? `${last.sha256}/${last.layout}` : null,
      };
    },
    removeCodeSearch: async ({ principal: { organisation, actor }, params }) => {
      await inTransaction(db, async (tx) => {
        if (!(await store.removeSearch(tx, organisation, params.id)))
          throw new AppError('not_found', { what: 'The search' });
        await appendAudit(tx, { organisation, actor, action: 'remove-code-search', subject: params.id, details: {} });
      });
      return {};
    },
  };
}
