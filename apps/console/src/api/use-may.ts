import { ROUTES, type RouteName, rolesFor } from '@genehound/contract';
import { useQuery } from '@tanstack/react-query';
import { me } from './queries.ts';

/**
 * Whether the reader's roles let him use a route; false until they are known. The server decides: this only keeps pages
 * from offering what it will refuse.
 */
export function useMay(name: RouteName): boolean {
  const { data } = useQuery(me);
  const roles = rolesFor(ROUTES[name]);
  return data?.roles.some((role) => roles.includes(role)) ?? false;
}
