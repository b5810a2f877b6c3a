import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type Image, parseImage } from '@genehound/binary';
import { extractGenome } from './extract-genome.ts';
import type { Genome } from './genome.ts';

/** Harmless: arithmetic, a switch, a table of functions, a TLS callback, strings, an export. */
const SOURCE = `
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
static int total;
static const char *const names[] = {"one", "two", "three", "four"};
__attribute__((noinline)) static int up(int a) { total += a * 7; return a + total % 13; }
__attribute__((noinline)) static int down(int a) { total -= a ^ 0x55; return a - total % 11; }
__attribute__((noinline)) static int over(int a) { for (int i = 0; i < a; i++) total += i & a; return total; }
static int (*const table[])(int) = {up, down, over};
__declspec(dllexport) int exported(int a, const char *text) {
  switch (a & 7) {
    case 0: return printf("%s %d", names[a & 3], total);
    case 1: return puts(text) + a;
    case 2: total ^= 0x1234567; return total;
    case 3: return table[a % 3](a);
    case 4: return a * 0x9e3779b9u >> 3;
    case 5: return printf("five %d", up(a) + down(a));
    default: return a + (int)sizeof names;
  }
}
static void NTAPI callback(PVOID module, DWORD reason, PVOID reserved) { total += (int)reason + 5; puts("callback"); }
__attribute__((section(".CRT$XLC"), used)) PIMAGE_TLS_CALLBACK tls_callback = callback;
int main(int count, char **texts) {
  int sum = 0;
  for (int i = 0; i < count; i++) sum += exported(i, texts[i]) + table[i % 3](i) + atoi(texts[i]);
  return sum & 0x7f;
}
`;

const folder = mkdtempSync(join(tmpdir(), 'genehound-pe-'));
after(() => rmSync(folder, { recursive: true }));

function build(compiler: string, base: string): string {
  const source = join(folder, 'program.c');
  const out = join(folder, `${compiler}-${base}.exe`);
  writeFileSync(source, SOURCE);
  execFileSync(compiler, ['-O2', '-o', out, source, `-Wl,--image-base,${base}`, '-Wl,--dynamicbase']);
  return out;
}

const key = (high: number | undefined, low: number | undefined): string => `${high ?? 0}.${low ?? 0}`;
const genes = (genome: Genome, form: 'fuzzy' | 'exact' | 'function'): readonly string[] =>
  [...new Set([...genome[`${form}High`]].map((high, i) => key(high, genome[`${form}Low`][i])))].sort();

/** As the loader lays it out, executable pages and headers alone. */
function mapped(file: Uint8Array, image: Image): Uint8Array {
  const last = image.code.at(-1);
  const bytes = new Uint8Array(last === undefined ? 0 : Math.ceil((last.rva + last.size) / 4096) * 4096);
  bytes.set(file.subarray(0, 0x400));
  for (const { offset, rva, size } of image.code) bytes.set(file.subarray(offset, offset + size), rva);
  return bytes;
}

/** RVAs of functions by the linker's own symbols. */
function symbols(compiler: string, file: string, base: bigint): ReadonlyMap<string, number> {
  const nm = execFileSync(compiler.replace(/gcc$/, 'nm'), [file], { encoding: 'utf8' });
  return new Map(
    nm.split('\n').flatMap((line) => {
      const [address = '', type = '', name = ''] = line.split(' ');
      return /^[tT]$/.test(type)
        ? [[name.replace(/^_|@\d+$/g, ''), Number(BigInt(`0x${address}`) - base)] as const]
        : [];
    }),
  );
}

for (const [compiler, instructionSet, first, second] of [
  ['i686-w64-mingw32-gcc', 'x86', '0x400000', '0x1a340000'],
  ['x86_64-w64-mingw32-gcc', 'x86-64', '0x140000000', '0x7ff612340000'],
] as const) {
  describe(`genes of a PE by ${compiler}`, { skip: !existsSync(`/usr/bin/${compiler}`) }, () => {
    it('are the same at any load address, from file, mapped image and raw memory', () => {
      const [a, b] = [first, second].map((base) => new Uint8Array(readFileSync(build(compiler, base))));
      assert.ok(a !== undefined && b !== undefined);
      const image = parseImage(a, 'file');
      assert.equal(image.instructionSet, instructionSet);
      assert.deepEqual(image.problems, []);
      const genome = extractGenome(a, image);
      assert.ok(genome.blockRva.length > 100);
      const other = extractGenome(b, parseImage(b, 'file'));
      for (const form of ['fuzzy', 'exact', 'function'] as const) {
        assert.deepEqual(genes(other, form), genes(genome, form));
      }
      const inMemory = extractGenome(mapped(a, image), parseImage(mapped(a, image), 'mapped'));
      const raw = image.code.map(({ offset, size }) => {
        const bytes = a.slice(offset, offset + size);
        return extractGenome(bytes, parseImage(bytes, 'raw'));
      });
      assert.ok(raw.every((one) => one.instructionSet === instructionSet));
      for (const form of ['fuzzy', 'exact'] as const) {
        assert.deepEqual(genes(inMemory, form), genes(genome, form));
        assert.deepEqual([...new Set(raw.flatMap((one) => genes(one, form)))].sort(), genes(genome, form));
      }
    });

    it('lie in functions that exports, TLS callbacks, tables of functions and calls name', () => {
      const file = build(compiler, first);
      const bytes = new Uint8Array(readFileSync(file));
      const image = parseImage(bytes, 'file');
      const named = symbols(compiler, file, image.base);
      const found = new Set([...image.functions.rvas, ...extractGenome(bytes, image).functionRva]);
      for (const name of ['up', 'down', 'over', 'exported', 'callback', 'main']) {
        assert.ok(found.has(named.get(name) ?? -1), name);
      }
      for (const name of ['exported', 'callback']) {
        assert.ok(image.functions.rvas.includes(named.get(name) ?? -1), `${name} by the tables`);
      }
      assert.ok(image.entry !== null);
    });

    it('survive a header that lies: every page with content is read', () => {
      const bytes = new Uint8Array(readFileSync(build(compiler, first)));
      const image = parseImage(bytes, 'file');
      const wanted = genes(extractGenome(bytes, image), 'fuzzy');
      const memory = mapped(bytes, image);
      // Erased.
      const erased = memory.slice().fill(0, 0, 0x400);
      // No section is executable any more.
      const lying = memory.slice();
      const view = new DataView(lying.buffer);
      const coff = view.getUint32(0x3c, true) + 4;
      const sections = coff + 20 + view.getUint16(coff + 16, true);
      for (let i = 0; i < view.getUint16(coff + 2, true); i++) view.setUint32(sections + i * 40 + 36, 0x40000000, true);
      for (const changed of [erased, lying]) {
        const genome = extractGenome(changed, parseImage(changed, 'mapped'));
        assert.equal(genome.instructionSet, instructionSet);
        const found = new Set(genes(genome, 'fuzzy'));
        assert.ok(wanted.filter((gene) => found.has(gene)).length >= wanted.length * 0.99);
      }
    });
  });
}
