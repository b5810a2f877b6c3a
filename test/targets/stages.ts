import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildFlat } from './families.ts';
import { buildProgram } from './programs.ts';

const LOADER = join(import.meta.dirname, 'stages', 'loader.c');

/** The second stage as bare code; see its source. */
async function buildLoader(): Promise<string> {
  return await buildFlat('loader.bin', [LOADER], ['-O2'], [LOADER]);
}

/** xorshift64*, as multi-stage.c has it. */
function pack(bytes: Buffer, seed: bigint): Buffer {
  const mask = 2n ** 64n - 1n;
  let state = seed;
  return Buffer.from(
    bytes.map((byte) => {
      state ^= state >> 12n;
      state = (state ^ (state << 25n)) & mask;
      state ^= state >> 27n;
      return byte ^ Number(((state * 0x2545f4914f6cdd1dn) & mask) >> 56n);
    }),
  );
}

/** Writes a program to `path` that carries the loader and `third` (bare code) packed: see programs/multi-stage.c. */
export async function packStages(third: string, path: string): Promise<void> {
  const [program, loader, payload] = await Promise.all([
    buildProgram('multi-stage').then((file) => readFile(file)),
    buildLoader().then((file) => readFile(file)),
    readFile(third),
  ]);
  const seed = 0x9e3779b97f4a7c15n;
  const trailer = Buffer.alloc(24);
  trailer.writeBigUInt64LE(BigInt(loader.length), 0);
  trailer.writeBigUInt64LE(BigInt(payload.length), 8);
  trailer.writeBigUInt64LE(seed, 16);
  await writeFile(path, Buffer.concat([program, pack(Buffer.concat([loader, payload]), seed), trailer]));
  await chmod(path, 0o755);
}
