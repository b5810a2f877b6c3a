import type { CallInput } from '@genehound/contract';
import { infiniteQueryOptions, type QueryClient, queryOptions } from '@tanstack/react-query';
import { client } from '../api/client.ts';
import type { CasesSearch } from '../search.ts';

/** Keys begin with `cases`: the server's events name it. */
const PAGE = 100;

export function casesPage({ state, assignee }: CasesSearch, limit: number, cursor: string | undefined) {
  return client.call('listCases', {
    query: {
      limit,
      ...(state === undefined ? {} : { state }),
      ...(assignee === undefined ? {} : { assignee }),
      ...(cursor === undefined ? {} : { cursor }),
    },
  });
}

export function caseList(search: CasesSearch) {
  return infiniteQueryOptions({
    queryKey: ['cases', 'list', search],
    queryFn: ({ pageParam }) => casesPage(search, PAGE, pageParam === '' ? undefined : pageParam),
    initialPageParam: '',
    getNextPageParam: (last) => last.nextCursor,
  });
}

export function casesOf(endpointId: string) {
  return queryOptions({
    queryKey: ['cases', 'of', endpointId],
    queryFn: () => client.call('listCases', { query: { endpointId, limit: PAGE } }),
  });
}

export function caseDetails(id: string) {
  return queryOptions({
    queryKey: ['cases', id],
    queryFn: () => client.call('getCase', { params: { id } }),
    refetchInterval: 20_000,
  });
}

export type CaseChange = CallInput<'changeCase'>['body'];

/** Writes down what changed; everything that shows cases is asked for again. */
export async function changeCase(queryClient: QueryClient, body: CaseChange) {
  const answer = await client.call('changeCase', { body });
  queryClient.setQueryData(caseDetails(answer.id).queryKey, answer);
  await queryClient.invalidateQueries({ queryKey: ['cases'] });
  return answer;
}
