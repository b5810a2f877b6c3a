import { execFile, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The OS user under whom PostgreSQL runs where the server itself is root: PostgreSQL refuses to be root. */
const SERVICE_USER = 'genehound';

export interface RunAs {
  /** Name as in the passwd database; role mapping of PostgreSQL goes by it. */
  readonly name: string;
  /** Set only where it differs from this process. */
  readonly ids: { readonly uid: number; readonly gid: number } | null;
}

async function lookUp(name: string): Promise<{ uid: number; gid: number } | null> {
  const passwd = await readFile('/etc/passwd', 'utf8');
  const line = passwd.split('\n').find((candidate) => candidate.startsWith(`${name}:`));
  if (line !== undefined) {
    const fields = line.split(':');
    return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  // A user from a directory service is not in the file.
  const got = spawnSync('getent', ['passwd', name], { encoding: 'utf8' });
  const fields = got.status === 0 ? got.stdout.trim().split(':') : [];
  return fields.length > 3 ? { uid: Number(fields[2]), gid: Number(fields[3]) } : null;
}

async function create(): Promise<void> {
  const attempts: readonly (readonly [string, readonly string[]])[] = [
    [
      'useradd',
      [
        '--system',
        '--user-group',
        '--no-create-home',
        '--home-dir',
        '/nonexistent',
        '--shell',
        '/usr/sbin/nologin',
        SERVICE_USER,
      ],
    ],
    ['adduser', ['-S', '-D', '-H', '-s', '/sbin/nologin', SERVICE_USER]],
  ];
  let last: unknown;
  for (const [command, args] of attempts) {
    try {
      await run(command, [...args]);
      return;
    } catch (error) {
      last = error;
    }
  }
  throw new Error(
    `PostgreSQL does not run as root and the user ${SERVICE_USER} could not be created; run: useradd --system ${SERVICE_USER}`,
    { cause: last },
  );
}

/** Whom PostgreSQL runs as: this process's own user, or as root the service user, which is created where missing. */
export async function serviceUser(): Promise<RunAs> {
  const own = userInfo();
  if (own.uid !== 0) return { name: own.username, ids: null };
  let ids = await lookUp(SERVICE_USER);
  if (ids === null) {
    try {
      await create();
    } catch (error) {
      // Another server may have created it in the same moment.
      if ((await lookUp(SERVICE_USER)) === null) throw error;
    }
    ids = await lookUp(SERVICE_USER);
  }
  if (ids === null) throw new Error(`The user ${SERVICE_USER} was created but cannot be looked up`);
  if (ids.uid === 0) throw new Error(`The user ${SERVICE_USER} must not have uid 0: PostgreSQL does not run as root`);
  return { name: SERVICE_USER, ids };
}

interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly ids: { readonly uid: number; readonly gid: number } | null;
}
export type Launcher = (command: string, args: readonly string[]) => Launch;

function canEnter(directory: string, ids: { uid: number; gid: number }): boolean {
  return spawnSync('test', ['-x', directory], { ...ids, cwd: '/', stdio: 'ignore' }).status === 0;
}

/** The secure bit makes access(2), with which PostgreSQL finds its own programs, count the capability. */
const CAPABILITY = [
  '--inh-caps=-all,+dac_read_search',
  '--ambient-caps=-all,+dac_read_search',
  '--securebits=+no_setuid_fixup',
];

/**
 * How programs of PostgreSQL are started so that they reach `directory`. Where a directory above it bars the
 * service user (a data directory below /root), they get the one capability that lets them pass and read,
 * CAP_DAC_READ_SEARCH, and nothing else. Throws an Error that says what to do where that is not possible either.
 */
export function launcherFor(user: RunAs, directory: string): Launcher {
  const ids = user.ids;
  if (ids === null || canEnter(directory, ids)) return (command, args) => ({ command, args, ids });
  const prefix = [`--reuid=${ids.uid}`, `--regid=${ids.gid}`, '--clear-groups', ...CAPABILITY];
  const probe = spawnSync('setpriv', [...prefix, 'test', '-x', directory], { cwd: '/', stdio: 'ignore' });
  if (probe.status !== 0) {
    throw new Error(
      `The user ${user.name}, as whom PostgreSQL runs, cannot enter ${directory}; set GENEHOUND_DATA to a place that every user may pass, such as /var/lib/genehound.`,
    );
  }
  return (command, args) => ({ command: 'setpriv', args: [...prefix, '--', command, ...args], ids: null });
}
