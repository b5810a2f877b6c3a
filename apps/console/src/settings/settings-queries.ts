import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { client } from '../api/client.ts';

export const ownAccount = queryOptions({
  queryKey: ['me', 'account'],
  queryFn: () => client.call('getOwnAccount', {}),
});
export const sessions = queryOptions({
  queryKey: ['me', 'sessions'],
  queryFn: () => client.call('listSessions', {}),
});
export const users = queryOptions({ queryKey: ['users'], queryFn: () => client.call('listUsers', {}) });
export const keys = queryOptions({ queryKey: ['keys'], queryFn: () => client.call('listKeys', {}) });
export const organisations = queryOptions({
  queryKey: ['organisations'],
  queryFn: () => client.call('listOrganisations', {}),
});
export const channels = queryOptions({ queryKey: ['channels'], queryFn: () => client.call('listChannels', {}) });
export const messages = queryOptions({
  queryKey: ['notifications'],
  queryFn: () => client.call('listNotifications', { query: { limit: 100 } }),
});
export const publishers = queryOptions({
  queryKey: ['publishers'],
  queryFn: () => client.call('listPublishers', {}),
});
export const seenSigners = queryOptions({
  queryKey: ['publishers', 'seen'],
  queryFn: () => client.call('listSeenSigners', {}),
});
export const audit = infiniteQueryOptions({
  queryKey: ['audit'],
  queryFn: ({ pageParam }) => client.call('listAudit', { query: { limit: 200, cursor: pageParam } }),
  initialPageParam: 0,
  getNextPageParam: (last) => last.nextCursor,
});

/** A field of a form. */
export function textOf(data: FormData, name: string): string {
  const value = data.get(name);
  return typeof value === 'string' ? value : '';
}
