import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { chance } from '../truth/chance.ts';

/** One object file of a static library. */
export interface ObjectFile {
  readonly path: string;
  /** Bytes of code. */
  readonly code: number;
}

function succeeds(command: string, args: readonly string[], cwd: string): boolean {
  return spawnSync(command, args, { cwd, stdio: 'ignore' }).status === 0;
}

function output(command: string, args: readonly string[]): string {
  return spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28 }).stdout;
}

/** `size -A`: per object a heading, then lines of section, size, address. */
function codeSizes(paths: readonly string[]): number[] {
  const blocks = output('size', ['-A', '-d', ...paths]).split('\n\n');
  return blocks
    .filter((block) => block.includes('section'))
    .map((block) =>
      block
        .split('\n')
        .filter((line) => line.startsWith('.text'))
        .reduce((sum, line) => sum + Number(line.split(/\s+/)[1]), 0),
    );
}

/** The objects of a static library, in the order of their names, unpacked into `folder`. */
export function objectsOf(archive: string, folder: string): ObjectFile[] {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  if (!succeeds('ar', ['x', archive], folder)) return [];
  const paths = readdirSync(folder)
    .filter((name) => name.endsWith('.o'))
    .sort()
    .map((name) => join(folder, name));
  if (paths.length === 0) return [];
  const sizes = codeSizes(paths);
  if (sizes.length !== paths.length) return [];
  return paths.map((path, i) => ({ path, code: sizes[i] ?? 0 }));
}

/**
 * One image of all the objects. What other libraries would give stays unresolved: calls into them lead nowhere, and
 * nothing is ever run. False where the linker cannot.
 */
export function relink(objects: readonly ObjectFile[], path: string): boolean {
  const flags = [
    '--unresolved-symbols=ignore-all',
    '--noinhibit-exec',
    '--no-relax',
    '-e',
    '0',
    '-z',
    'muldefs',
    '--eh-frame-hdr',
    '-s',
  ];
  return succeeds('ld', [...flags, '-o', path, ...objects.map((object) => object.path)], '/');
}

/** The objects with the foreign ones put between them, at a place that the seed decides, and where that is. */
export function withForeign(
  objects: readonly ObjectFile[],
  foreign: readonly ObjectFile[],
  seed: string,
): readonly ObjectFile[] {
  const at = 1 + Math.floor(chance(seed, 'place') * (objects.length - 1));
  return [...objects.slice(0, at), ...foreign, ...objects.slice(at)];
}

/** Objects of a donor that together have between these many bytes of code; empty where none fit. */
export function chooseForeign(donor: readonly ObjectFile[], least: number, most: number, seed: string): ObjectFile[] {
  const start = Math.floor(chance(seed, 'donor') * donor.length);
  for (let skip = 0; skip < donor.length; skip++) {
    const chosen: ObjectFile[] = [];
    let code = 0;
    for (let i = 0; i < 8; i++) {
      const object = donor[(start + skip + i) % donor.length];
      if (object === undefined || object.code === 0 || code + object.code > most) continue;
      chosen.push(object);
      code += object.code;
      if (code >= least) return chosen;
    }
  }
  return [];
}
