import type { Answer } from '@genehound/contract';
import { ApiError } from '@genehound/contract';
import { infiniteQueryOptions, QueryClient, queryOptions } from '@tanstack/react-query';
import type { UnknownSearch } from '../search.ts';
import { client, isSignedOut } from './client.ts';

export type ScanSummary = Answer<'getScan'>;
export type Report = Answer<'getScanReport'>;
export type NotTrusted = Report['notTrusted'][number];
export type Finding = Report['findings'][number];

/** Milliseconds between looks at something that is moving, and at something that is still. */
const MOVING = 2_000;
const STILL = 15_000;
const PAGE = 100;

export const me = queryOptions({
  queryKey: ['me'],
  queryFn: () => client.call('getMe', {}),
  staleTime: 60_000,
});

function isMoving(scan: ScanSummary): boolean {
  return scan.state === 'receiving' || scan.state === 'analysing';
}

export const scans = infiniteQueryOptions({
  queryKey: ['scans'],
  queryFn: ({ pageParam }) =>
    client.call('listScans', { query: { limit: PAGE, ...(pageParam === '' ? {} : { cursor: pageParam }) } }),
  initialPageParam: '',
  getNextPageParam: (last) => last.nextCursor,
  refetchInterval: (query) => {
    const pages = query.state.data?.pages ?? [];
    // Who sees no scan at all has just started one somewhere, and waits for it.
    const waiting = pages[0]?.items.length === 0 || pages.some((page) => page.items.some(isMoving));
    return waiting ? MOVING : STILL;
  },
});

export function scan(id: string) {
  return queryOptions({
    queryKey: ['scan', id],
    queryFn: () => client.call('getScan', { params: { id } }),
    refetchInterval: (query) => {
      const data = query.state.data;
      return data !== undefined && isMoving(data) ? MOVING : STILL;
    },
  });
}

/** Changes when a scan is judged anew, so that what is shown beside the verdict never contradicts it. */
function stamp(of: ScanSummary): string {
  const { artifacts } = of;
  const counts =
    artifacts === null ? [] : [artifacts.trusted, artifacts.unknown, artifacts.suspicious, artifacts.malicious];
  return [of.state, of.verdict, of.finishedAt, ...counts].join(' ');
}

export function report(of: ScanSummary) {
  return queryOptions({
    queryKey: ['scan', of.id, 'report', stamp(of)],
    queryFn: () => client.call('getScanReport', { params: { id: of.id } }),
  });
}

export function advice(of: ScanSummary) {
  return queryOptions({
    queryKey: ['scan', of.id, 'advice', stamp(of)],
    queryFn: () => client.call('getScanAdvice', { params: { id: of.id } }),
  });
}

export function processes(of: ScanSummary) {
  return queryOptions({
    queryKey: ['scan', of.id, 'processes', stamp(of)],
    queryFn: () => client.call('listScanProcesses', { params: { id: of.id } }),
  });
}

export const families = queryOptions({ queryKey: ['families'], queryFn: () => client.call('listFamilies', {}) });

export const genome = queryOptions({
  queryKey: ['genome'],
  queryFn: () => client.call('getGenome', {}),
  refetchInterval: (query) => {
    const data = query.state.data;
    return data !== undefined && (data.pendingSamples > 0 || !data.indexCurrent) ? MOVING : STILL;
  },
});

/** Twice, and only what may pass by itself: the server was not reached, or it failed. */
function again(failures: number, error: unknown): boolean {
  if (isSignedOut(error)) return false;
  return failures < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500);
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: { queries: { retry: again, staleTime: 1_000 }, mutations: { retry: false } },
  });
}

/** What acquitting the endpoint of a scan would trust, as of now. */
export function acquittal(scanId: string) {
  return queryOptions({
    queryKey: ['scan', scanId, 'acquittal'],
    queryFn: () => client.call('previewAcquittal', { params: { id: scanId } }),
  });
}

/** A page of unknown code over the fleet, rarest first, as the address asks for it. */
export function unknownPage({ q, finding, most }: UnknownSearch, limit: number, cursor: string | undefined) {
  return client.call('listUnknown', {
    query: {
      limit,
      ...(q === undefined ? {} : { search: q }),
      ...(finding === undefined ? {} : { finding }),
      ...(most === undefined ? {} : { maxEndpoints: most }),
      ...(cursor === undefined ? {} : { cursor }),
    },
  });
}

export function unknownClusters(search: UnknownSearch) {
  return infiniteQueryOptions({
    queryKey: ['unknown', 'list', search],
    queryFn: ({ pageParam }) => unknownPage(search, PAGE, pageParam === '' ? undefined : pageParam),
    initialPageParam: '',
    getNextPageParam: (last) => last.nextCursor,
  });
}

export function unknownCluster(id: string) {
  return queryOptions({
    queryKey: ['unknown', id],
    queryFn: () => client.call('getUnknown', { params: { id } }),
  });
}

/** What was acquitted and convicted, newest first. */
export const decisions = infiniteQueryOptions({
  queryKey: ['decisions'],
  queryFn: ({ pageParam }) =>
    client.call('listDecisions', { query: { limit: PAGE, ...(pageParam === '' ? {} : { cursor: pageParam }) } }),
  initialPageParam: '',
  getNextPageParam: (last) => last.nextCursor,
});

export const conflicts = queryOptions({ queryKey: ['conflicts'], queryFn: () => client.call('listConflicts', {}) });

const CHANGED = [
  ...['scan', 'scans', 'overview', 'endpoints', 'endpoint', 'artifact', 'unknown', 'foreign'],
  ...['decisions', 'conflicts', 'families', 'genome', 'retro-hunts'],
] as const;

/** After a decision: everything that may have another verdict now. */
export async function forgetVerdicts(queryClient: QueryClient): Promise<void> {
  await Promise.all(CHANGED.map((first) => queryClient.invalidateQueries({ queryKey: [first] })));
}
