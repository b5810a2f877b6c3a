import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Layout, parseImage } from '@genehound/binary';
import type { Sample } from './changes.ts';

const GOLDEN = join(import.meta.dirname, '../../packages/genes/golden');

/** One of our own small programs, kept as text. */
export function goldenFile(name: string): Uint8Array {
  return Uint8Array.from(Buffer.from(readFileSync(join(GOLDEN, name), 'utf8').replaceAll(/\s/g, ''), 'hex'));
}

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

/** Resources: names within names within names, and texts of two bytes a character. */
const RESOURCES = `1 VERSIONINFO
FILEVERSION 1,2,3,4
BEGIN
  BLOCK "VarFileInfo" BEGIN VALUE "Translation", 0x409, 1200 END
  BLOCK "StringFileInfo" BEGIN
    BLOCK "040904b0" BEGIN
      VALUE "CompanyName", "Example Works"
      VALUE "ProductName", L"Caf\\x00e9 Suite"
      VALUE "FileDescription", "A library of a test"
    END
  END
END
`;

/** A small library for Windows; null where mingw-w64 is not installed. */
export function windowsLibrary(compiler: 'i686-w64-mingw32-gcc' | 'x86_64-w64-mingw32-gcc'): Uint8Array | null {
  if (!existsSync(`/usr/bin/${compiler}`)) return null;
  const folder = mkdtempSync(join(tmpdir(), 'genehound-fuzz-'));
  try {
    const source = join(folder, 'library.c');
    const out = join(folder, 'library.dll');
    writeFileSync(source, SOURCE);
    const script = join(folder, 'version.rc');
    writeFileSync(script, RESOURCES);
    const resources = join(folder, 'version.o');
    execFileSync(compiler.replace(/gcc$/, 'windres'), [script, resources], { stdio: 'pipe' });
    const options = ['-O1', '-shared', '-nostdlib', '-s', '-e', compiler.startsWith('i686') ? '_start' : 'start'];
    execFileSync(compiler, [...options, '-o', out, source, resources], { stdio: 'pipe' });
    return new Uint8Array(readFileSync(out));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The code of a program without anything around it, in pieces of so many bytes. */
export function codePieces(file: Uint8Array, size: number): readonly Sample[] {
  const pieces: Sample[] = [];
  for (const range of parseImage(file, 'file').code) {
    for (let at = 0; at < range.size; at += size) {
      const bytes = file.slice(range.offset + at, range.offset + Math.min(at + size, range.size));
      if (bytes.some((byte) => byte !== 0)) pieces.push({ bytes, header: 0 });
    }
  }
  return pieces;
}

export const LAYOUTS: readonly Layout[] = ['file', 'mapped', 'raw'];
