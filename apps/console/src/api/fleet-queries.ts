import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { client } from '../api/client.ts';
import type { EndpointsSearch } from '../search.ts';

/** Milliseconds. */
const OFTEN = 5_000;
const SELDOM = 20_000;
/** Rows of a page of endpoints. */
export const ENDPOINT_PAGE = 200;

export const overview = queryOptions({
  queryKey: ['overview'],
  queryFn: () => client.call('getOverview', {}),
  refetchInterval: (query) => {
    const data = query.state.data;
    // Who has no endpoint yet has just started a scan somewhere, and waits for it.
    const empty = data !== undefined && Object.values(data.endpoints).every((n) => n === 0);
    return empty ? 2_000 : OFTEN * 2;
  },
});

export const activity = queryOptions({
  queryKey: ['activity'],
  queryFn: () => client.call('getActivity', {}),
  refetchInterval: OFTEN,
});

export function found(q: string) {
  return queryOptions({
    queryKey: ['found', q],
    queryFn: () => client.call('search', { query: { q } }),
    enabled: q.trim().length >= 2,
    staleTime: SELDOM,
  });
}

/** The query of a list of endpoints, as the address has it. */
export function endpointFilter({ standing, q, family, sort }: EndpointsSearch) {
  return {
    ...(standing === undefined ? {} : { standing }),
    ...(q === undefined ? {} : { search: q.slice(0, 200) }),
    ...(family === undefined ? {} : { family }),
    ...(sort === undefined ? {} : { sort }),
  };
}

/** A page of endpoints by its number; rows stay as they were while another filter is asked for. */
export function endpointPage(search: EndpointsSearch, page: number) {
  return queryOptions({
    queryKey: ['endpoints', endpointFilter(search), page],
    queryFn: () =>
      client.call('listEndpoints', {
        query: { ...endpointFilter(search), offset: page * ENDPOINT_PAGE, limit: ENDPOINT_PAGE },
      }),
    refetchInterval: SELDOM,
    ...(page === 0 ? { placeholderData: keepPreviousData } : {}),
  });
}

export function endpoint(id: string) {
  return queryOptions({
    queryKey: ['endpoint', id],
    queryFn: () => client.call('getEndpoint', { params: { id } }),
    refetchInterval: SELDOM,
  });
}

export function scanChanges(id: string) {
  return queryOptions({
    queryKey: ['scan', id, 'changes'],
    queryFn: () => client.call('getScanChanges', { params: { id } }),
  });
}
