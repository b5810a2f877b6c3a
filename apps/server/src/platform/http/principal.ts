import {
  AppError,
  GLOBAL_ORGANISATION,
  type Permission,
  type Role,
  type Route,
  rolesFor,
  type Scope,
} from '@genehound/contract';
import type { Asker } from './rate-limits.ts';

/** The session of a signed-in user. */
export interface SessionFacts {
  readonly id: string;
  readonly userId: string;
  /** He has an initial password, and may do nothing but replace it. */
  readonly mustChangePassword: boolean;
}

/** Who asks: a signed-in user or the holder of a key, always of one organisation. */
export interface Principal {
  readonly organisation: string;
  /** For records of who did what: `user:NAME`, `key:NAME`, `local`. */
  readonly actor: string;
  readonly name: string;
  readonly permission: Permission;
  /** Of a user, and of the local key; other keys have none. */
  readonly roles: readonly Role[];
  readonly keyId: string | null;
  readonly huntId: string | null;
  readonly session: SessionFacts | null;
}

/** By what limits his requests are counted: the local key has none. */
export function askerOf({ organisation, keyId, session }: Principal): Asker {
  return { organisation, keyId, holder: keyId ?? session?.userId ?? null };
}

const RANK: Readonly<Record<Permission, number>> = { scan: 0, read: 1, full: 2 };

/** A scan key can only deliver scans: `read` and `full` are above it, each includes what is below. */
export function permits(principal: Principal, needed: Permission): boolean {
  return RANK[principal.permission] >= RANK[needed];
}

/** Whether the rule of the route's row lets him in; a key is asked for its permission, everybody else for a role. */
export function admits(route: Route, principal: Principal): boolean {
  if (route.permission === 'none') return true;
  if (principal.keyId !== null) return route.permission !== 'user' && permits(principal, route.permission);
  const roles = rolesFor(route);
  return principal.roles.some((role) => roles.includes(role));
}

/** True for an operator who is nothing else: he looks after the installation and sees no organisation's data. */
export function isOnlyOperator({ keyId, roles }: Principal): boolean {
  return keyId === null && roles.every((role) => role === 'operator');
}

/**
 * The organisation that owns what is labelled in a scope. AppError forbidden: the global genome is the operator's, and
 * nothing else is where he has no other role.
 */
export function ownerOf(scope: Scope, principal: Principal): string {
  if (scope === 'organisation') {
    if (isOnlyOperator(principal)) throw new AppError('forbidden');
    return principal.organisation;
  }
  if (!principal.roles.includes('operator')) throw new AppError('forbidden');
  return GLOBAL_ORGANISATION;
}
