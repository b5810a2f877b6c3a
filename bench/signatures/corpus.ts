import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { detectFormat } from '@genehound/binary';

/** Clean executable images, as files on disk. */
export interface CleanFile {
  readonly path: string;
  readonly kind: 'elf' | 'pe' | 'macho';
}

/** Larger ones are left out: the server takes no more either. Bytes. */
const LARGEST = 150_000_000;

function kindOf(path: string): CleanFile['kind'] | null {
  const file = openSync(path, 'r');
  try {
    const head = new Uint8Array(4096);
    const kind = detectFormat(head.subarray(0, readSync(file, head)));
    return kind === 'raw' ? null : kind;
  } finally {
    closeSync(file);
  }
}

/** Files below a folder. Not Node's recursive reading: that follows links to folders, and round in circles. */
function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

/** Every executable image below a folder; links are not followed, what cannot be read is left out. */
export function* imagesBelow(folder: string): Generator<CleanFile> {
  if (!existsSync(folder)) return;
  for (const path of filesBelow(folder)) {
    try {
      const { size } = statSync(path);
      if (size === 0 || size > LARGEST) continue;
      const kind = kindOf(path);
      if (kind !== null) yield { path, kind };
    } catch {
      // It went away, or may not be read: then it is not counted either.
    }
  }
}

/** Unpacks packages, each into a folder of its own that is gone when the next is asked for. */
export function* imagesOfPackages(packages: readonly string[], folder: string): Generator<CleanFile> {
  mkdirSync(folder, { recursive: true });
  for (const path of packages) {
    const root = mkdtempSync(join(folder, 'package-'));
    try {
      const unpacked = path.endsWith('.deb')
        ? spawnSync('dpkg-deb', ['-x', path, root], { stdio: 'ignore' }).status === 0
        : spawnSync('tar', ['-xzf', path, '-C', root], { stdio: 'ignore' }).status === 0;
      if (unpacked) yield* imagesBelow(root);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  }
}

/** The rules of yara-signator: one a file, in a folder or .tar.gz. */
export function unpackRules(path: string, folder: string): string {
  if (!path.endsWith('.gz')) return path;
  mkdirSync(folder, { recursive: true });
  execFileSync('tar', ['-xzf', path, '-C', folder]);
  return folder;
}
