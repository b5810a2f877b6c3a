import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Layout, parseImage } from './index.ts';

/** Changed files per valid one; `GENEHOUND_LONG=1` for the campaign. */
const RUNS = process.env['GENEHOUND_LONG'] === '1' ? 10_000_000 : 15_000;
const VALUES = [0, 1, 2, 3, 4, 8, 0x10, 0x40, 0x7f, 0x80, 0xfe, 0xff];
const LAYOUTS: readonly Layout[] = ['file', 'mapped'];

/** Exports, a TLS directory, relocations, unwind data: what the tables' parsers read. */
const SOURCE = `
extern int other(int);
int (*const table[])(int);
__attribute__((dllexport)) int one(int a) { return table[a & 1](a) * 3; }
__attribute__((dllexport)) int two(int a) { char room[64]; for (int i = 0; i < 64; i++) room[i] = a + i; return room[a & 63]; }
int (*const table[])(int) = {one, two};
static void *callbacks[] = {one, two, 0};
static int index;
struct { const void *start, *end; int *index; void **callbacks; int fill, flags; } _tls_used = {0, 0, &index, callbacks, 0, 0};
struct { const void *start, *end; int *index; void **callbacks; int fill, flags; } __tls_used = {0, 0, &index, callbacks, 0, 0};
int start(void) { return one(1) + two(2); }
`;

function pe(compiler: string): Uint8Array | null {
  if (!existsSync(`/usr/bin/${compiler}`)) return null;
  const folder = mkdtempSync(join(tmpdir(), 'genehound-fuzz-'));
  try {
    const source = join(folder, 'library.c');
    const out = join(folder, 'library.dll');
    writeFileSync(source, SOURCE);
    const options = ['-O1', '-shared', '-nostdlib', '-s', '-e', compiler.startsWith('i686') ? '_start' : 'start'];
    execFileSync(compiler, [...options, '-o', out, source], { stdio: 'pipe' });
    return new Uint8Array(readFileSync(out));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function hex(name: string): Uint8Array {
  const text = readFileSync(new URL(`../../genes/golden/${name}`, import.meta.url), 'utf8');
  return Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
}

/** Xorshift: the same changes in every run. */
class Changes {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
  }

  below(limit: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % limit;
  }
}

function check(bytes: Uint8Array, layout: Layout): boolean {
  const image = parseImage(bytes, layout);
  let end = 0;
  for (const { offset, rva, size } of image.code) {
    if (!(size > 0 && offset >= 0 && offset + size <= bytes.length && rva >= end)) return false;
    end = rva + size;
  }
  const { rvas, sizes } = image.functions;
  for (let i = 1; i < rvas.length; i++) if ((rvas[i] ?? 0) <= (rvas[i - 1] ?? 0)) return false;
  return rvas.length === sizes.length && image.problems.length <= 32;
}

describe('parseImage of changed files', () => {
  const files: readonly (readonly [string, Uint8Array | null])[] = [
    ['ELF64', hex('sample.elf.hex')],
    ['ELF32', hex('sample32.elf.hex')],
    ['PE32', pe('i686-w64-mingw32-gcc')],
    ['PE32+', pe('x86_64-w64-mingw32-gcc')],
  ];
  for (const [name, valid] of files) {
    if (valid === null) continue;
    it(`is sound: ${name}`, (t) => {
      const random = new Changes(valid.length);
      let read = 0;
      for (let run = 0; run < RUNS; run++) {
        const bytes = valid.slice(0, run % 8 === 0 ? random.below(valid.length) : valid.length);
        for (let n = random.below(6) + 1; n > 0 && bytes.length > 0; n--) {
          // Half of the changes in the headers, the rest anywhere: the tables.
          const at = random.below(2) === 0 ? random.below(Math.min(bytes.length, 0x400)) : random.below(bytes.length);
          bytes[at] = random.below(3) === 0 ? random.below(256) : (VALUES[random.below(VALUES.length)] ?? 0);
        }
        const layout = LAYOUTS[run & 1] ?? 'file';
        assert.ok(check(bytes, layout), `run ${run}`);
        if (run < 2000 && parseImage(bytes, layout).code.length > 0) read++;
      }
      t.diagnostic(`${RUNS} files; of the first 2000, ${read} are read past the header`);
      assert.ok(read > 600);
    });
  }
});
