import { type Answer, AppError, searches as contract } from '@genehound/contract';
import type { Context } from '../../platform/context.ts';
import { inTransaction } from '../../platform/database.ts';
import type { Handlers } from '../../platform/http/api.ts';
import { newId } from '../../platform/ids.ts';
import { appendAudit } from '../accounts/read.ts';
import { notify } from '../notifications/read.ts';
import * as store from './search-store.ts';

function resource(row: store.SearchRow): Answer<'saveSearch'> {
  return contract.savedSearch.parse({
    ...row,
    createdAt: row.createdAt.toISOString(),
    lastHitAt: row.lastHitAt?.toISOString() ?? null,
  });
}

/** Asks every saved search again, and tells of what none of them found before. */
export async function askSearches(context: Pick<Context, 'db' | 'jobs'>, organisation: string): Promise<void> {
  for (const { id, name, filter } of await store.listSearches(context.db, organisation)) {
    await inTransaction(context.db, async (tx) => {
      const hits = await store.noteHits(tx, organisation, id, contract.savedSearch.shape.filter.parse(filter));
      const [first] = hits;
      if (first === undefined) return;
      const more = hits.length > 1 ? ` and ${hits.length - 1} more` : '';
      await notify(context, tx, organisation, {
        event: 'search.hit',
        severity: 'warning',
        about: `search:${id}:${first.id}`,
        text: `The search "${name}" finds new unknown code: ${first.path ?? 'in memory'}${more}`,
        details: { searchId: id, clusters: hits.slice(0, 50).map((hit) => hit.id), path: `/unknown/${first.id}` },
        huntId: null,
      });
    });
  }
}

/** Tells once of what was new in the last week, where there was anything; asked often, so that no week is left out. */
export async function tellDigests(context: Pick<Context, 'db' | 'jobs'>): Promise<void> {
  for (const { organisation, week, ...counts } of await store.lastWeek(context.db)) {
    const { scans, endpoints, infected, clusters, cases } = counts;
    if (scans + endpoints + infected + clusters === 0) continue;
    await inTransaction(context.db, (tx) =>
      notify(context, tx, organisation, {
        event: 'digest.weekly',
        severity: 'information',
        about: `digest:${week}`,
        text: `Week ${week}: ${scans} scans, ${endpoints} new endpoints, ${infected} infected endpoints, ${clusters} new clusters of unknown code; ${cases} cases are open`,
        details: { week, ...counts, path: '/' },
        huntId: null,
      }),
    );
  }
}

export function searchHandlers(context: Context): Pick<Handlers, 'listSearches' | 'saveSearch' | 'removeSearch'> {
  const { db } = context;
  return {
    listSearches: async ({ principal }) => ({
      items: (await store.listSearches(db, principal.organisation)).map(resource),
    }),
    saveSearch: async ({ principal: { organisation, actor }, body }) => {
      const id = newId();
      return await inTransaction(db, async (tx) => {
        if ((await store.listSearches(tx, organisation)).length >= store.MOST_SEARCHES)
          throw new AppError('conflict', { details: `There are ${store.MOST_SEARCHES} saved searches already` });
        await store.insertSearch(tx, organisation, { id, ...body, by: actor });
        // What is there today is no news.
        await store.noteHits(tx, organisation, id, body.filter);
        await appendAudit(tx, {
          organisation,
          actor,
          action: 'save-search',
          subject: id,
          details: { name: body.name },
        });
        const row = (await store.listSearches(tx, organisation)).find((one) => one.id === id);
        if (row === undefined) throw new AppError('not_found', { what: 'The search' });
        return resource(row);
      });
    },
    removeSearch: async ({ principal: { organisation, actor }, params }) => {
      await inTransaction(db, async (tx) => {
        if (!(await store.removeSearch(tx, organisation, params.id)))
          throw new AppError('not_found', { what: 'The search' });
        await appendAudit(tx, { organisation, actor, action: 'remove-search', subject: params.id, details: {} });
      });
      return {};
    },
  };
}
