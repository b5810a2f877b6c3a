import { execFile } from 'node:child_process';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EXIT } from '../exit-codes.table.ts';
import { Failure } from '../failure.ts';
import type { InstalledPackage } from './dpkg-database.ts';

/** A release of Debian on a mirror, which need not be the release that this machine runs. */
export interface Release {
  /** As the mirror's `dists` names it: bookworm, trixie-updates. */
  readonly suite: string;
  readonly mirror: string;
  readonly components: readonly string[];
  readonly architecture: string;
  /** Whose signature the release must have. */
  readonly keyring: string;
}

export const DEBIAN_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const PUBLIC_MIRROR = 'https://deb.debian.org/debian';

const run = promisify(execFile);

/** The mirror from which this machine has Debian's own packages; the public one where it has none. */
export async function machineMirror(environment: Readonly<Record<string, string>>): Promise<string> {
  try {
    const format = ['--format', '$(REPO_URI)', 'Created-By: Packages'];
    const { stdout } = await run('apt-get', ['indextargets', ...format], { env: environment, timeout: 20_000 });
    return stdout.split('\n').find((uri) => /\/debian\/?$/.test(uri)) ?? PUBLIC_MIRROR;
  } catch {
    return PUBLIC_MIRROR;
  }
}

/** Failure where a word would be read by apt as something else than what it is. */
function check({ suite, mirror, components, architecture, keyring }: Release): void {
  const wrong = (what: string, text: string): Failure => new Failure(EXIT.usage, `"${text}" is not ${what}.`);
  if (!/^[a-z0-9][a-z0-9.+/-]*$/.test(suite) || suite.endsWith('/')) throw wrong('the name of a release', suite);
  if (!URL.canParse(mirror) || !/^(https?|file):\/\/?[^\s[\]#]+$/.test(mirror))
    throw wrong('the address of a mirror', mirror);
  for (const one of components) if (!/^[a-z0-9][a-z0-9-]*$/.test(one)) throw wrong('a component of a release', one);
  if (!/^[a-z0-9][a-z0-9-]*$/.test(architecture)) throw wrong('an architecture', architecture);
  if (!/^\/[^\s[\],#]+$/.test(keyring)) throw wrong('the absolute path of a keyring, without blanks', keyring);
}

/**
 * Settings by which apt sees that release alone, nothing of what this machine has or prefers. apt refuses it unless
 * its Release is signed by the keyring; the hashes of lists and packages hang on that. `directory` is the caller's.
 */
export async function releaseSettings(release: Release, directory: string): Promise<readonly string[]> {
  check(release);
  const { suite, mirror, components, architecture, keyring } = release;
  await access(keyring).catch(() => {
    throw new Failure(
      EXIT.failed,
      `The keyring ${keyring} is not there, so that no signature could be checked.`,
      'Debian has it in the package debian-archive-keyring; --keyring names another one.',
    );
  });
  const nothing = join(directory, 'nothing');
  await mkdir(nothing, { recursive: true });
  const [sources, status] = [join(directory, 'sources.list'), join(directory, 'status')];
  await writeFile(
    sources,
    `deb [arch=${architecture} signed-by=${keyring}] ${mirror} ${suite} ${components.join(' ')}\n`,
  );
  await writeFile(status, '');
  const settings = {
    'Dir::Etc::sourcelist': sources,
    'Dir::Etc::sourceparts': nothing,
    'Dir::Etc::preferences': join(nothing, 'none'),
    'Dir::Etc::preferencesparts': nothing,
    'Dir::State::status': status,
    'Dir::State::lists': join(directory, 'lists'),
    'APT::Architecture': architecture,
    'APT::Architectures': architecture,
    'APT::Default-Release': '',
    // Translations and contents say nothing of code.
    'Acquire::Languages': 'none',
    'Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled': 'false',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

export interface Chosen {
  readonly packages: readonly InstalledPackage[];
  /** One sentence for each pattern that nothing matches. */
  readonly problems: readonly string[];
}

/** `*` stands for any part of a name. Names hold no other sign that a pattern could mean. */
function patternOf(word: string): RegExp {
  return new RegExp(
    `^${word
      .split('*')
      .map((part) => part.replaceAll(/[.+]/g, String.raw`\$&`))
      .join('.*')}$`,
  );
}

/** The newest version of each package that has code of the architecture and fits one of the words; all without words. */
export function choosePackages(available: readonly InstalledPackage[], words: readonly string[]): Chosen {
  const byName = new Map<string, InstalledPackage>();
  for (const one of available) {
    // Packages for all architectures are scripts and data.
    if (one.architecture !== 'all' && !byName.has(one.name)) byName.set(one.name, one);
  }
  if (words.length === 0) return { packages: [...byName.values()], problems: [] };
  const chosen = new Set<InstalledPackage>();
  const problems: string[] = [];
  for (const word of new Set(words)) {
    const isName = /^[a-z0-9*][a-z0-9+.*-]*$/.test(word);
    const named = byName.get(word);
    const found =
      named === undefined && isName ? [...byName.values()].filter(({ name }) => patternOf(word).test(name)) : [];
    if (named !== undefined) found.push(named);
    if (found.length === 0)
      problems.push(isName ? `The release has no package ${word} with code` : `"${word}" is not the name of a package`);
    for (const one of found) chosen.add(one);
  }
  return { packages: [...chosen], problems };
}
