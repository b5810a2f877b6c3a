import { randomBytes } from 'node:crypto';
import { AppError } from '@genehound/contract';
import type { Database } from '../../platform/database.ts';
import type { Principal } from '../../platform/http/principal.ts';
import { secretHash } from '../../platform/ids.ts';
import type { LocalKey } from './local-key.ts';
import { keyPrincipal, tokenPrincipal } from './read.ts';
import { insertToken } from './store.ts';

/** Seconds. */
const TOKEN_TIME = 3_600;

export interface Credentials {
  /** Who holds this access token or key, or null. */
  principalOf(bearer: string): Promise<Principal | null>;
  /** An access token for a key. AppError bad_key. */
  exchange(key: string): Promise<{ readonly token: string; readonly expiresAt: number }>;
}

/** Keys, tokens and the local key behind one door. */
export function createCredentials(db: Database, localKey: LocalKey): Credentials {
  return {
    principalOf: async (bearer) =>
      localKey.principalOf(bearer) ?? (await tokenPrincipal(db, bearer)) ?? (await keyPrincipal(db, bearer)),
    exchange: async (key) => {
      const expiresAt = new Date(Date.now() + TOKEN_TIME * 1000);
      const epoch = Math.floor(expiresAt.getTime() / 1000);
      // The local key lives no longer than this process: it is its own token.
      if (localKey.principalOf(key) !== null) return { token: key, expiresAt: epoch };
      const principal = await keyPrincipal(db, key);
      if (principal === null || principal.keyId === null) throw new AppError('bad_key');
      const token = randomBytes(32).toString('base64url');
      await insertToken(
        db,
        { organisation: principal.organisation, id: principal.keyId },
        secretHash(token),
        expiresAt,
      );
      return { token, expiresAt: epoch };
    },
  };
}
