import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type DebianPackage, parsePackages } from './catalogue.ts';

const run = promisify(execFile);
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
/** Output of a whole release's index. Bytes. */
const MAX_OUTPUT = 512 * 2 ** 20;

/** The mirror that this machine's apt uses, without the archive's name. Throws an Error where it has none. */
export function machineMirror(): string {
  const sites = execFileSync('apt-get', ['indextargets', '--format', '$(SITE)', 'Created-By: Packages'], {
    encoding: 'utf8',
  });
  const site = sites.split('\n').find((one) => /^https?:/.test(one));
  if (site === undefined) throw new Error('apt has no mirror here; name one by --mirror');
  return site.replace(/\/debian(-security)?\/?$/, '');
}

export interface Suite {
  readonly name: string;
  /** debian-security for security suites, else debian. */
  readonly archive: 'debian' | 'debian-security';
}

/** Packages of several releases, through a configuration of the bench's own: the machine's is never read or changed. */
export interface PrivateApt {
  /** Downloads the indexes unless they are there; says which cannot be had. */
  prepare(say: (text: string) => void): Promise<void>;
  packages(): Promise<readonly DebianPackage[]>;
  /** Path of a package on disk; it is there only after `download`. */
  pathOf(wanted: DebianPackage): string;
  /** Verified by apt. What the mirror does not have any more is left out; the caller sees it by its absence. */
  download(wanted: readonly DebianPackage[], onProgress: (done: number) => void): Promise<void>;
}

function configure(root: string, architecture: string, mirror: string, suites: readonly Suite[]): string {
  const folder = join(root, architecture);
  for (const name of ['lists/partial', 'cache/archives/partial', 'parts']) {
    mkdirSync(join(folder, name), { recursive: true });
  }
  const lines = suites.map(({ name, archive }) => `deb [signed-by=${KEYRING}] ${mirror}/${archive} ${name} main\n`);
  writeFileSync(join(folder, 'sources.list'), lines.join(''));
  writeFileSync(join(folder, 'status'), '');
  const config = [
    ['Dir::Etc::SourceList', 'sources.list'],
    ['Dir::Etc::SourceParts', 'parts'],
    ['Dir::Etc::Parts', 'parts'],
    ['Dir::State', '.'],
    ['Dir::State::Lists', 'lists'],
    ['Dir::State::status', 'status'],
    ['Dir::Cache', 'cache'],
  ].map(([key, path]) => `${key} "${join(folder, path ?? '')}";\n`);
  config.push(`APT::Architecture "${architecture}";\nAPT::Architectures {"${architecture}";};\n`);
  config.push('Acquire::Languages "none";\nAcquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";\n');
  writeFileSync(join(folder, 'apt.conf'), config.join(''));
  return join(folder, 'apt.conf');
}

/** Packages that one call of apt asks for. */
const BATCH = 250;

export function privateApt(root: string, architecture: string, mirror: string, suites: readonly Suite[]): PrivateApt {
  const environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', APT_CONFIG: '' };
  environment.APT_CONFIG = configure(root, architecture, mirror, suites);
  const debs = join(root, 'debs');
  mkdirSync(debs, { recursive: true });
  const apt = async (command: string, args: readonly string[], cwd = root): Promise<string> =>
    (await run(command, [...args], { cwd, env: environment, maxBuffer: MAX_OUTPUT })).stdout;
  const targets = async (): Promise<[string, string][]> => {
    const format = '$(CODENAME) $(FILENAME)';
    const lines = (await apt('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'])).split('\n');
    return lines.flatMap((line) => {
      const [release, path] = line.split(' ');
      return release === undefined || path === undefined ? [] : [[release, path] as [string, string]];
    });
  };
  const pathOf = ({ name, version, architecture: built }: DebianPackage): string =>
    join(debs, `${name}_${version.replace(':', '%3a')}_${built}.deb`);
  return {
    pathOf,
    async prepare(say) {
      const isThere = async (): Promise<boolean> => (await targets()).every(([, path]) => existsSync(path));
      // A mirror in the middle of its sync fails for some suites; the others are there all the same.
      if (!(await isThere())) await apt('apt-get', ['-q', 'update']).catch(() => '');
      const found = (await targets()).filter(([, path]) => existsSync(path)).map(([name]) => name);
      if (found.length === 0) throw new Error(`apt could not read a single index of ${mirror} for ${architecture}`);
      for (const { name } of suites) {
        if (!found.includes(name)) say(`The mirror's index of ${name} for ${architecture} could not be read: left out`);
      }
    },
    async packages() {
      const all: DebianPackage[] = [];
      for (const [release, path] of await targets()) {
        if (!existsSync(path)) continue;
        all.push(...parsePackages(await apt('/usr/lib/apt/apt-helper', ['cat-file', path]), release));
      }
      return all;
    },
    async download(wanted, onProgress) {
      const missing = wanted.filter((entry) => !existsSync(pathOf(entry)));
      for (let at = 0; at < missing.length; at += BATCH) {
        const specs = missing.slice(at, at + BATCH).map(({ name, version }) => `${name}=${version}`);
        // One package that is gone fails the whole call: then each is asked for alone.
        await apt('apt-get', ['-q', 'download', ...specs], debs).catch(async () => {
          for (const spec of specs) await apt('apt-get', ['-q', 'download', spec], debs).catch(() => '');
        });
        onProgress(Math.min(at + BATCH, missing.length));
      }
    },
  };
}
