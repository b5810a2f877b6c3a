import { randomBytes, randomInt } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';

/** How long a payload sleeps at a time (SECONDS of entry.c), little-endian: the one constant that may be anything. */
const SLEEP = Buffer.from([0xee, 0xff, 0xc0, 0x00]);

/**
 * Writes a copy of a payload with another hash and the same genes: the constant of its sleep is another number.
 * Throws Error where the constant does not stand there exactly once.
 */
export async function writeUnlikeCopy(payload: string, to: string): Promise<void> {
  const bytes = await readFile(payload);
  const at = bytes.indexOf(SLEEP);
  if (at < 0 || bytes.indexOf(SLEEP, at + 1) >= 0) throw new Error(`${payload} does not sleep as expected`);
  bytes.writeUInt32LE(randomInt(0xa0_0000, 0xc0_0000), at);
  await writeFile(to, bytes, { mode: 0o755 });
}

/** Writes a copy of a program with another hash: some bytes are appended, which no loader reads. */
export async function writeAppendedCopy(program: string, to: string): Promise<void> {
  await writeFile(to, Buffer.concat([await readFile(program), randomBytes(16)]), { mode: 0o755 });
}
