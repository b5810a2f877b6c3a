import type { Layout } from '@genehound/contract';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { client } from '../api/client.ts';

export interface ArtifactKey {
  readonly sha256: string;
  readonly layout: Layout;
}

const PAGE = 50;

export function artifact(params: ArtifactKey) {
  return queryOptions({
    queryKey: ['artifact', params.sha256, params.layout],
    queryFn: () => client.call('getArtifact', { params }),
  });
}

export function functions(params: ArtifactKey, family: string | undefined) {
  return infiniteQueryOptions({
    queryKey: ['artifact', params.sha256, params.layout, 'functions', family ?? ''],
    queryFn: ({ pageParam }) =>
      client.call('listArtifactFunctions', {
        params,
        query: {
          limit: PAGE,
          ...(pageParam === null ? {} : { cursor: pageParam }),
          ...(family === undefined ? {} : { family }),
        },
      }),
    // `null` for the beginning: 0 is the number of a function.
    initialPageParam: null as number | null,
    getNextPageParam: (last) => last.nextCursor,
  });
}

export function functionCode(params: ArtifactKey, number: number, family: string | undefined) {
  return queryOptions({
    queryKey: ['artifact', params.sha256, params.layout, 'functions', number, family ?? ''],
    queryFn: () =>
      client.call('getFunctionCode', {
        params: { ...params, number },
        query: family === undefined ? {} : { family },
      }),
    staleTime: 60_000,
  });
}

export function related(params: ArtifactKey) {
  return queryOptions({
    queryKey: ['artifact', params.sha256, params.layout, 'related'],
    queryFn: () => client.call('listRelatedArtifacts', { params, query: {} }),
    staleTime: 60_000,
  });
}

export function verdictHistory(params: ArtifactKey) {
  return queryOptions({
    queryKey: ['artifact', params.sha256, params.layout, 'history'],
    queryFn: () => client.call('listVerdictHistory', { params }),
  });
}

export function strings(params: ArtifactKey) {
  return queryOptions({
    queryKey: ['artifact', params.sha256, params.layout, 'strings'],
    queryFn: () => client.call('listArtifactStrings', { params }),
    staleTime: 60_000,
  });
}
