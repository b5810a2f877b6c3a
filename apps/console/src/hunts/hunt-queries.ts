import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { client } from '../api/client.ts';
import type { HuntSearch } from '../search.ts';

/** Milliseconds. Events say when a scan moved; this is for rounds that begin and end, and while events are cut off. */
const LOOK = 60_000;
const PAGE = 200;

export const hunts = queryOptions({
  queryKey: ['hunts'],
  queryFn: () => client.call('listHunts', {}),
  refetchInterval: LOOK,
});

export function hunt(id: string) {
  return queryOptions({
    queryKey: ['hunt', id],
    queryFn: () => client.call('getHunt', { params: { id } }),
    refetchInterval: LOOK,
  });
}

const roundOf = ({ round }: HuntSearch) => (round === undefined ? {} : { round: Number(round) });

export function coverage(id: string, search: HuntSearch) {
  return queryOptions({
    queryKey: ['hunt', id, 'coverage', search.round ?? ''],
    queryFn: () => client.call('getCoverage', { params: { id }, query: roundOf(search) }),
    refetchInterval: LOOK,
  });
}

export function targets(id: string, search: HuntSearch) {
  return infiniteQueryOptions({
    queryKey: ['hunt', id, 'targets', search],
    queryFn: ({ pageParam }) =>
      client.call('listTargets', {
        params: { id },
        query: {
          limit: PAGE,
          ...roundOf(search),
          ...(search.state === undefined ? {} : { state: search.state }),
          ...(search.q === undefined ? {} : { search: search.q }),
          ...(pageParam === '' ? {} : { cursor: pageParam }),
        },
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.nextCursor,
    // The table stays while another filter is asked for.
    placeholderData: keepPreviousData,
    refetchInterval: LOOK,
  });
}

export function rounds(id: string) {
  return queryOptions({
    queryKey: ['hunt', id, 'rounds'],
    queryFn: () => client.call('listRounds', { params: { id } }),
    refetchInterval: LOOK,
  });
}
