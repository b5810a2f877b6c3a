import { randomUUID, timingSafeEqual } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Principal } from '../../platform/http/principal.ts';
import { secretHash } from '../../platform/ids.ts';

/** How this machine's own programs reach the server. `authority`: PEM, to trust on that address; null: the system's. */
interface Reached {
  readonly url: string;
  readonly authority: string | null;
}

/** A key that lives as long as this process, for programs of the same OS user on this machine (ADR 0010). */
export interface LocalKey {
  readonly secret: string;
  principalOf(bearer: string): Principal | null;
  /** Writes `run/server.json`, readable by this OS user alone. */
  publish(reached: Reached): Promise<void>;
  withdraw(): Promise<void>;
}

export function createLocalKey(data: string, organisation: string): LocalKey {
  const secret = randomUUID();
  const hash = secretHash(secret);
  const file = join(data, 'run', 'server.json');
  const principal: Principal = {
    organisation,
    actor: 'local',
    name: 'local',
    permission: 'full',
    roles: ['operator', 'administrator'],
    keyId: null,
    huntId: null,
    session: null,
  };
  return {
    secret,
    principalOf: (bearer) => (timingSafeEqual(secretHash(bearer), hash) ? principal : null),
    publish: async ({ url, authority }) => {
      await mkdir(join(data, 'run'), { recursive: true, mode: 0o700 });
      const fresh = `${file}.new`;
      await rm(fresh, { force: true });
      await writeFile(fresh, `${JSON.stringify({ url, pid: process.pid, key: secret, authority })}\n`, {
        mode: 0o600,
        flag: 'wx',
      });
      await rename(fresh, file);
    },
    withdraw: async () => await rm(file, { force: true }),
  };
}
