import { type Answer, GLOBAL_ORGANISATION } from '@genehound/contract';
import type { Context } from '../../platform/context.ts';
import * as store from './search-store.ts';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Eight digits and more of a hash; fewer are found in everything. */
const HASH = /^[0-9a-f]{8,64}$/;
const PATHS_MS = 1_500;

/** Hash, host, address, family, path, id: whatever somebody has in his clipboard. */
export async function searchEverything(
  { db }: Context,
  organisation: string,
  asked: string,
): Promise<Answer<'search'>> {
  const scopes = [...new Set([organisation, GLOBAL_ORGANISATION])];
  const lower = asked.toLowerCase();
  if (UUID.test(lower)) return { items: await store.findById(db, organisation, scopes, lower), partial: [] };
  const [hashes, endpoints, families, hunts, clusters, paths] = await Promise.all([
    HASH.test(lower) ? store.findByHash(db, organisation, lower) : [],
    store.findEndpoints(db, organisation, asked),
    store.findFamilies(db, scopes, asked),
    store.findHunts(db, organisation, asked),
    store.findClusters(db, organisation, asked),
    store.findPaths(db, organisation, asked, PATHS_MS),
  ]);
  const all = [...hashes, ...endpoints, ...families, ...hunts, ...clusters, ...(paths ?? [])];
  const distinct = new Map(all.map((one) => [`${one.kind} ${one.id} ${one.layout}`, one]));
  return { items: [...distinct.values()], partial: paths === null ? ['paths'] : [] };
}
