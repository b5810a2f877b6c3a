import type { Database } from '../../platform/database.ts';
import type { Vault } from '../../platform/vault.ts';
import type { Throttle } from './throttle.ts';

/** What every proof of who somebody is takes. */
export interface Door {
  readonly db: Database;
  readonly throttle: Throttle;
  /** Second factors' secrets are sealed by it. */
  readonly vault: Vault;
}
