import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { readVersionInfo } from '../index.ts';

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'genehound-test-version-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const SCRIPT = `#include <winver.h>
1 VERSIONINFO
FILEVERSION 1,2,3,4
BEGIN
  BLOCK "VarFileInfo" BEGIN VALUE "Translation", 0x409, 1200 END
  BLOCK "StringFileInfo" BEGIN
    BLOCK "040904b0" BEGIN
      VALUE "CompanyName", "Example Works"
      VALUE "ProductName", L"Caf\\x00e9 Suite"
      VALUE "ProductVersion", "9.8"
      VALUE "FileVersion", "1.2.3.4"
      VALUE "FileDescription", "A program of a test"
      VALUE "OriginalFilename", "program.exe"
    END
  END
END
`;

function program(prefix: string): Uint8Array {
  writeFileSync(join(folder, 'version.rc'), SCRIPT);
  writeFileSync(join(folder, 'main.c'), 'int main(void) { return 0; }');
  const run = (tool: string, args: readonly string[]) =>
    execFileSync(`${prefix}-${tool}`, args, { cwd: folder, stdio: 'pipe' });
  run('windres', ['version.rc', 'version.o']);
  run('gcc', ['-s', '-o', 'program.exe', 'main.c', 'version.o']);
  return new Uint8Array(readFileSync(join(folder, 'program.exe')));
}

for (const prefix of ['x86_64-w64-mingw32', 'i686-w64-mingw32']) {
  test(`${prefix}: what the program says of itself; changed bytes never throw`, () => {
    const bytes = program(prefix);
    assert.deepEqual(readVersionInfo(bytes), {
      company: 'Example Works',
      product: 'Café Suite',
      productVersion: '9.8',
      fileVersion: '1.2.3.4',
      originalName: 'program.exe',
      description: 'A program of a test',
    });
    // The headers and the resource: everything that is read.
    const key = Buffer.from('VS_VERSION_INFO', 'utf16le');
    const resource = Buffer.from(bytes).indexOf(key);
    const place = fc.oneof(
      fc.nat(0x400),
      fc.integer({ min: -600, max: 900 }).map((by) => resource + by),
    );
    const change = fc.tuple(place, fc.constantFrom(0, 1, 2, 8, 0x10, 0x7f, 0x80, 0xff));
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 8 }),
        fc.option(fc.nat(bytes.length), { freq: 5 }),
        (changes, cut) => {
          const changed = bytes.slice(0, cut ?? bytes.length);
          for (const [at, value] of changes) if (at < changed.length) changed[at] = value;
          const info = readVersionInfo(changed);
          for (const word of Object.values(info ?? {})) assert.ok(word.length <= 300);
        },
      ),
      { numRuns: 3_000 },
    );
  });
}

test('files without a version say nothing', () => {
  assert.equal(readVersionInfo(new Uint8Array(0)), null);
  assert.equal(readVersionInfo(readFileSync('/bin/true')), null);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => void readVersionInfo(bytes)));
});
