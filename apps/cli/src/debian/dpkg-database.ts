import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A package as dpkg knows it. */
export interface InstalledPackage {
  readonly name: string;
  readonly architecture: string;
  readonly version: string;
  /** The source package: code of one origin. */
  readonly source: string;
  readonly section: string;
}

/** `libc6:amd64`, as apt and dpkg name it. */
export function packageKey(one: Pick<InstalledPackage, 'name' | 'architecture'>): string {
  return `${one.name}:${one.architecture}`;
}

const wordPattern = /^[a-z0-9][a-z0-9+.-]*$/;
const versionPattern = /^[0-9A-Za-z.+:~-]+$/;

/** True where apt-get would read the word as a package's name and as nothing else. */
export function isPackageName(word: string): boolean {
  return wordPattern.test(word);
}

function fieldsOf(stanza: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of stanza.split('\n')) {
    const match = /^(Package|Status|Architecture|Version|Source|Section): *(.*)$/.exec(line);
    if (match?.[1] !== undefined) fields.set(match[1], match[2] ?? '');
  }
  return fields;
}

/**
 * A package from one stanza of a status file or an archive's index; undefined where a field is not well-formed:
 * these words become arguments of apt-get.
 */
function packageFrom(fields: ReadonlyMap<string, string>): InstalledPackage | undefined {
  const name = fields.get('Package') ?? '';
  const architecture = fields.get('Architecture') ?? '';
  const version = fields.get('Version') ?? '';
  if (!wordPattern.test(name) || !wordPattern.test(architecture) || !versionPattern.test(version)) return undefined;
  const source = (fields.get('Source') ?? '').split(' ')[0] ?? '';
  const section = (fields.get('Section') ?? '').split('/').at(-1) ?? '';
  return { name, architecture, version, source: wordPattern.test(source) ? source : name, section };
}

/** The stanzas of apt's own output, newest version first within a name. */
export function parsePackages(text: string): InstalledPackage[] {
  return text.split('\n\n').flatMap((stanza) => packageFrom(fieldsOf(stanza)) ?? []);
}

/** The stanzas of /var/lib/dpkg/status that are installed and well-formed. */
export function parseStatus(text: string): InstalledPackage[] {
  const packages: InstalledPackage[] = [];
  for (const stanza of text.split('\n\n')) {
    const fields = fieldsOf(stanza);
    const found = packageFrom(fields);
    if (found !== undefined && fields.get('Status')?.endsWith(' installed') === true) packages.push(found);
  }
  return packages;
}

/**
 * All names under which dpkg may list a path: with merged /usr the kernel says /usr/lib/… where an older package
 * says /lib/…, and the other way round.
 */
export function listedNames(path: string): string[] {
  const merged = /^\/(bin|sbin|lib|lib32|lib64|libx32)\//;
  if (merged.test(path)) return [path, `/usr${path}`];
  if (path.startsWith('/usr/') && merged.test(path.slice(4))) return [path, path.slice(4)];
  return [path];
}

/** Diverted files: where the file of a package lies -> the name that its package lists. */
export function parseDiversions(text: string): Map<string, string> {
  const lines = text.split('\n');
  const diversions = new Map<string, string>();
  for (let i = 0; i + 2 < lines.length; i += 3) {
    const [from, to] = [lines[i] ?? '', lines[i + 1] ?? ''];
    if (from.startsWith('/') && to.startsWith('/')) diversions.set(to, from);
  }
  return diversions;
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return '';
  }
}

/** `libc6:amd64` or `bash` (where only one architecture is possible) from `libc6:amd64.list`. */
function ownerOf(file: string): string {
  return file.slice(0, -'.list'.length);
}

export interface PathOwners {
  /** Installed packages that own at least one of the paths. */
  readonly packages: readonly InstalledPackage[];
  /** Paths that no package owns. */
  readonly unowned: readonly string[];
}

/**
 * Which installed packages the paths belong to. `directory` is /var/lib/dpkg; each list is read once.
 * A machine without dpkg has no packages: everything is unowned.
 */
export async function findOwners(paths: Iterable<string>, directory = '/var/lib/dpkg'): Promise<PathOwners> {
  const diversions = parseDiversions(await readIfThere(join(directory, 'diversions')));
  const wanted = new Map<string, string>();
  const unowned = new Set<string>();
  for (const path of paths) {
    unowned.add(path);
    for (const name of listedNames(path)) wanted.set(diversions.get(name) ?? name, path);
  }
  const owners = new Set<string>();
  const info = join(directory, 'info');
  const lists = await readdir(info).catch(() => []);
  for (const file of lists) {
    if (!file.endsWith('.list')) continue;
    for (const line of (await readIfThere(join(info, file))).split('\n')) {
      const path = wanted.get(line);
      if (path === undefined) continue;
      owners.add(ownerOf(file));
      unowned.delete(path);
    }
  }
  const installed = parseStatus(await readIfThere(join(directory, 'status')));
  const packages = installed.filter((one) => owners.has(one.name) || owners.has(packageKey(one)));
  packages.sort((a, b) => (packageKey(a) < packageKey(b) ? -1 : 1));
  return { packages, unowned: [...unowned].sort() };
}
