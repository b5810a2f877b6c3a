import type { Permission, Role } from '@genehound/contract';

/** Who asks: a signed-in user or the holder of a key, always of one organisation. */
export interface Principal {
  readonly organisation: string;
  /** For records of who did what: `user:NAME`, `key:NAME`, `local`. */
  readonly actor: string;
  readonly name: string;
  readonly permission: Permission;
  readonly roles: readonly Role[];
  readonly keyId: string | null;
  readonly huntId: string | null;
}

const RANK: Readonly<Record<Permission, number>> = { scan: 0, read: 1, full: 2 };

/** A scan key can only deliver scans: `read` and `full` are above it, each includes what is below. */
export function permits(principal: Principal, needed: Permission): boolean {
  return RANK[principal.permission] >= RANK[needed];
}
