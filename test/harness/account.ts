import { HARNESS } from './config.ts';
import type { RunOptions } from './machine.ts';

/** What is needed of a machine to make an account in it. */
interface Host {
  run(program: string, args: readonly string[]): Promise<{ readonly code: number; readonly stderr: string }>;
}

/** An account that exists in one machine only. */
export interface Account {
  readonly name: string;
  /** Inside the machine, and closed to everybody else. */
  readonly home: string;
  /** For `Machine.run`: as that account, in a clean environment of its own. */
  as(options?: RunOptions): RunOptions;
}

const NAME = 'hunter';
/** Outside the ranges that Debian gives to people and packages. */
const ID = 61_777;
const HOME = `/var/tmp/home/${NAME}`;

/** The machine's own copies of the account files lie over the host's, which stay as they are. */
const SCRIPT = `
set -eu
mkdir /run/accounts
for file in passwd group shadow sudoers; do
  cp --preserve=mode,ownership "/etc/$file" "/run/accounts/$file"
done
echo '${NAME}:x:${ID}:${ID}::${HOME}:/bin/sh' >> /run/accounts/passwd
echo '${NAME}:x:${ID}:' >> /run/accounts/group
echo '${NAME}:*:20000::::::' >> /run/accounts/shadow
printf '%s\\n' 'root ALL=(ALL:ALL) ALL' '${NAME} ALL=(ALL:ALL) NOPASSWD: ALL' > /run/accounts/sudoers
for file in passwd group shadow sudoers; do
  mount --bind "/run/accounts/$file" "/etc/$file"
done
mkdir -p '${HOME}'
chown ${ID}:${ID} '${HOME}'
chmod 0700 '${HOME}'
`;

/** Makes a person who may use sudo without a password. Throws Error where the machine lacks sudo. */
export async function addSudoAccount(machine: Host): Promise<Account> {
  const made = await machine.run('sh', ['-c', SCRIPT]);
  if (made.code !== 0) throw new Error(`no account could be made: ${made.stderr}`);
  return {
    name: NAME,
    home: HOME,
    as: (options = {}) => ({
      ...options,
      environment: { ...HARNESS.waysOut, ...options.environment, HOME, USER: NAME, LOGNAME: NAME },
      prefix: ['setpriv', `--reuid=${NAME}`, `--regid=${NAME}`, '--init-groups', '--', ...(options.prefix ?? [])],
    }),
  };
}
