import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type InstalledPackage, parsePackages } from './dpkg-database.ts';

/** A file of the archive, as apt's signed indexes describe it. */
export interface ArchiveFile {
  /** As apt-get download names it on disk. */
  readonly file: string;
  readonly size: number;
  readonly sha256: string;
}

export interface ArchiveVersion {
  readonly version: string;
  /** Who publishes the archive, by its signed release file; null where apt does not trust it. */
  readonly origin: string | null;
}

/** apt-get on this machine, never changing anything of it. */
export interface Apt {
  /** Versions in the archives by package name (`bash`, or `libc6:i386` for a foreign architecture), newest first. */
  versions(names: readonly string[]): Promise<Map<string, ArchiveVersion[]>>;
  /** What the archives' indexes say of the newest version of each name; names that they do not have are left out. */
  newest(names: readonly string[]): Promise<InstalledPackage[]>;
  /** What the archive has for `name=version`; a name that it does not have is left out. */
  describe(specs: readonly string[]): Promise<ArchiveFile[]>;
  /** Downloads into `directory`; apt checks signatures and hashes. Returns what went wrong, if anything did. */
  download(specs: readonly string[], directory: string, timeoutMs: number): Promise<string | undefined>;
  /** Everything that the archives' indexes have, newest versions first. */
  available(): Promise<InstalledPackage[]>;
  /** Fetches fresh package lists into a private directory and uses them from then on. Returns what went wrong. */
  refresh(): Promise<string | undefined>;
}

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const LARGEST_OUTPUT = 256 * 2 ** 20;
const QUERY_TIMEOUT_MS = 60_000;
const UPDATE_TIMEOUT_MS = 120_000;
const NAMES_AT_ONCE = 4_000;

/** Short waits: without a mirror the hunt goes on rather than hanging. */
const PATIENCE = ['-o', 'Acquire::http::Timeout=15', '-o', 'Acquire::https::Timeout=15', '-o', 'Acquire::Retries=1'];
const STRICT = [
  '-o',
  'APT::Get::AllowUnauthenticated=false',
  '-o',
  'Acquire::AllowInsecureRepositories=false',
  '-o',
  'Acquire::AllowWeakRepositories=false',
  // An archive that is too old to be current is worse than none only for upgrades; for known code it is fine.
  '-o',
  'Acquire::Check-Valid-Until=false',
];

/** What this machine does around an update of its own lists is for those: it may even empty its own cache of packages. */
const NO_HOOKS = ['Pre-Invoke', 'Post-Invoke', 'Post-Invoke-Success'].map((name) => `#clear APT::Update::${name};\n`);

function run(
  file: string,
  args: readonly string[],
  options: { readonly env: NodeJS.ProcessEnv; readonly cwd?: string; readonly timeout: number },
): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(
      file,
      args,
      { ...options, maxBuffer: LARGEST_OUTPUT, encoding: 'utf8', killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 127;
        resolve({ code, stdout, stderr: error?.killed === true ? `${stderr}\nE: it took too long` : stderr });
      },
    );
  });
}

/** apt's own reasons, without the warnings. */
export function reasonOf(outcome: Pick<Outcome, 'code' | 'stderr'>): string {
  const errors = outcome.stderr.split('\n').filter((line) => line.startsWith('E: '));
  const first = errors.find((line) => !line.startsWith('E: Unable to fetch some')) ?? errors[0];
  return first?.slice(3).trim() || `exit code ${outcome.code}`;
}

/** Lines of `apt-cache madison`: `name | version | site release/component architecture Packages`. */
export function parseMadison(text: string, origins: ReadonlyMap<string, string>): Map<string, ArchiveVersion[]> {
  const found = new Map<string, ArchiveVersion[]>();
  for (const line of text.split('\n')) {
    const [name, version, where] = line.split('|').map((part) => part.trim());
    if (name === undefined || version === undefined || where === undefined || !where.endsWith(' Packages')) continue;
    const place = where.split(' ').slice(0, 2).join(' ');
    const list = found.get(name) ?? [];
    list.push({ version, origin: origins.get(place) ?? null });
    found.set(name, list);
  }
  return found;
}

/** Lines of our indextargets format: `site|release|component|trusted|origin`. */
export function parseOrigins(text: string): Map<string, string> {
  const origins = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [site, release, component, trusted, origin] = line.split('|');
    if (trusted !== 'yes' || origin === undefined || origin === '') continue;
    origins.set(`${site} ${release}/${component}`, origin);
  }
  return origins;
}

/** Lines of `apt-get download --print-uris`: `'uri' file size SHA256:hash`. */
export function parsePrintUris(text: string): ArchiveFile[] {
  const files: ArchiveFile[] = [];
  for (const line of text.split('\n')) {
    const match = /^'[^']*' ([^\s/]+\.deb) (\d+) SHA256:([0-9a-f]{64})$/.exec(line.trim());
    if (match?.[1] !== undefined) files.push({ file: match[1], size: Number(match[2]), sha256: match[3] ?? '' });
  }
  return files;
}

/**
 * `privateDirectory`: where fresh lists go when the machine's own are missing or too old; created when needed.
 * `environment`: for the child processes. `settings`: options that stand before all others.
 */
export function createApt(
  privateDirectory: string,
  environment: Readonly<Record<string, string>>,
  settings: readonly string[] = [],
): Apt {
  let lists: string[] = [];
  const env = { ...environment };
  const query = (file: string, args: readonly string[]): Promise<Outcome> =>
    run(file, [...STRICT, ...settings, ...lists, ...args], { env, timeout: QUERY_TIMEOUT_MS });
  /** One answer after another: names of a whole release are more than one command line takes. */
  const inParts = async (names: readonly string[], ask: (part: readonly string[]) => Promise<Outcome>) => {
    const texts: string[] = [];
    for (let at = 0; at < names.length; at += NAMES_AT_ONCE)
      texts.push((await ask(names.slice(at, at + NAMES_AT_ONCE))).stdout);
    return texts.join('\n');
  };

  return {
    async versions(names) {
      if (names.length === 0) return new Map();
      const format = '$(SITE)|$(RELEASE)|$(COMPONENT)|$(TRUSTED)|$(ORIGIN)';
      const targets = await query('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']);
      const answer = await inParts(names, (part) => query('apt-cache', ['madison', ...part]));
      return parseMadison(answer, parseOrigins(targets.stdout));
    },

    async newest(names) {
      if (names.length === 0) return [];
      return parsePackages((await query('apt-cache', ['show', '--no-all-versions', ...names])).stdout);
    },

    async describe(specs) {
      if (specs.length === 0) return [];
      return parsePrintUris(await inParts(specs, (part) => query('apt-get', ['download', '--print-uris', ...part])));
    },

    async available() {
      return parsePackages((await query('apt-cache', ['dumpavail'])).stdout);
    },

    async download(specs, directory, timeout) {
      const args = [...STRICT, ...PATIENCE, ...settings, ...lists, '-q', 'download', ...specs];
      const outcome = await run('apt-get', args, { env, cwd: directory, timeout });
      return outcome.code === 0 ? undefined : reasonOf(outcome);
    },

    async refresh() {
      const state = join(privateDirectory, 'lists');
      const cache = join(privateDirectory, 'cache');
      await mkdir(join(state, 'partial'), { recursive: true });
      await mkdir(join(cache, 'archives', 'partial'), { recursive: true });
      const own = [
        ...['-o', `Dir::State::lists=${state}`, '-o', `Dir::Cache=${cache}`],
        // The private directory is closed to apt's own user.
        ...['-o', 'APT::Sandbox::User=root', '-o', 'Debug::NoLocking=true'],
      ];
      // An option can only add to a list; a file that is read after the machine's own can empty it.
      const noHooks = join(privateDirectory, 'no-hooks.conf');
      await writeFile(noHooks, NO_HOOKS.join(''));
      const outcome = await run(
        'apt-get',
        ['-c', noHooks, ...STRICT, ...PATIENCE, ...settings, ...own, '-q', 'update'],
        {
          env,
          timeout: UPDATE_TIMEOUT_MS,
        },
      );
      // An update that failed for one archive may well have the lists of the others.
      lists = own;
      return outcome.code === 0 ? undefined : reasonOf(outcome);
    },
  };
}
