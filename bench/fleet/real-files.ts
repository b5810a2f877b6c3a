import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Files of real code that the load is made of: this machine's own programs and libraries. */
const FOLDERS = ['/usr/bin', '/usr/sbin', '/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu'];
/** Bytes, so that the median is near 100 kB, as on a workstation. */
const SMALLEST = 16_384;
const LARGEST = 400_000;

export interface RealFile {
  readonly path: string;
  readonly bytes: Buffer;
}

function isElf(bytes: Buffer): boolean {
  return bytes.length > 64 && bytes.readUInt32BE(0) === 0x7f454c46;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** Distinct images, in the order of their hashes: the same on every run of one machine, with sizes well mixed. */
export function realFiles(most: number): readonly RealFile[] {
  const found = new Map<string, RealFile>();
  for (const path of FOLDERS.flatMap(namesIn)) {
    try {
      const real = realpathSync(path);
      const { size } = statSync(real);
      if (size < SMALLEST || size > LARGEST) continue;
      const bytes = readFileSync(real);
      if (isElf(bytes)) found.set(createHash('sha256').update(bytes).digest('hex'), { path: real, bytes });
    } catch {
      // A dangling link, or not for us to read.
    }
  }
  const sorted = [...found].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, file]) => file);
  return sorted.slice(0, most);
}

export interface FleetFile {
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
  /** Made when it is asked for. */
  bytes(): Buffer;
}

/**
 * The n-th file that the fleet has: real code with a number behind it, so that each has a hash of its own and the same
 * genes as its like. What follows the image is no part of it.
 */
export function fleetFile(pool: readonly RealFile[], number: number): FleetFile {
  const real = pool[number % pool.length];
  if (real === undefined) throw new Error('This machine has no programs to make a load of');
  const mark = Buffer.from(`fleet ${number}`.padEnd(32));
  const sha256 = createHash('sha256').update(real.bytes).update(mark).digest('hex');
  return {
    path: `${real.path}-${number}`,
    sha256,
    size: real.bytes.length + mark.length,
    bytes: () => Buffer.concat([real.bytes, mark]),
  };
}
