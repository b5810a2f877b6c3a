import { randomBytes, randomInt } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How long a payload sleeps at a time (SECONDS of entry.c), little-endian: the one constant that may be anything. */
const SLEEP = Buffer.from([0xee, 0xff, 0xc0, 0x00]);

/**
 * A copy of a payload with another hash and the same genes: the constant of its sleep is another number. `remove`
 * deletes the copy. Throws Error where the constant is not there, or there is no place for it.
 */
export async function unlikeCopy(payload: string): Promise<{ path: string; remove: () => Promise<void> }> {
  const bytes = await readFile(payload);
  const at = bytes.indexOf(SLEEP);
  if (at < 0 || bytes.indexOf(SLEEP, at + 1) >= 0) throw new Error(`${payload} does not sleep as expected`);
  bytes.writeUInt32LE(randomInt(0xa0_0000, 0xc0_0000), at);
  return keep(bytes);
}

/** A copy of a program with another hash: some bytes are appended, which no loader reads. */
export async function appendedCopy(program: string): Promise<{ path: string; remove: () => Promise<void> }> {
  return keep(Buffer.concat([await readFile(program), randomBytes(16)]));
}

async function keep(bytes: Buffer): Promise<{ path: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'genehound-copy-'));
  const path = join(folder, 'copy');
  await writeFile(path, bytes);
  await chmod(path, 0o755);
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}
