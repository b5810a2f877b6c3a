import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const root = join(import.meta.dirname, '../../..');
const work = mkdtempSync(join(tmpdir(), 'genehound-build-'));
after(() => rmSync(work, { recursive: true, force: true }));

interface Build {
  readonly name: string;
  readonly sha256: string;
  readonly size: number;
}

/** Builds the scanner for every platform by the given script. */
function build(script: string, out: string): readonly Build[] {
  const args = [script, '--all', '--version', '0.0.1', '--out', out];
  execFileSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const { builds }: { builds: Build[] } = JSON.parse(readFileSync(join(out, 'scanner-builds.json'), 'utf8'));
  return builds;
}

const first = build(join(root, 'scanner/build.mjs'), join(work, 'first'));
const bytes = readFileSync(join(work, 'first/scanner-linux-amd64'));

test('two builds of one source tree, in two places, are equal bit by bit', () => {
  const copy = join(work, 'copy/scanner');
  cpSync(join(root, 'scanner'), copy, { recursive: true, filter: (path) => !path.includes('/scanner/dist') });
  cpSync(join(root, 'package.json'), join(work, 'copy/package.json'));
  const second = build(join(copy, 'build.mjs'), join(work, 'second'));
  const hashes = (builds: readonly Build[]): string[] => builds.map(({ name, sha256 }) => `${name} ${sha256}`);
  assert.deepEqual(hashes(second), hashes(first));
});

test('each file comes with what it consists of, by its hash', () => {
  for (const { name, sha256 } of first) {
    const sbom = JSON.parse(readFileSync(join(work, `first/${name}.cdx.json`), 'utf8'));
    assert.deepEqual([sbom.bomFormat, sbom.specVersion], ['CycloneDX', '1.6']);
    assert.deepEqual(sbom.metadata.component.hashes, [{ alg: 'SHA-256', content: sha256 }]);
    const names = sbom.components.map((one: { name: string; version: string }) => one.name);
    assert.deepEqual(names.toSorted(), ['golang.org/x/crypto', 'golang.org/x/sys', 'std']);
    const sum = readFileSync(join(root, 'scanner/go.sum'), 'utf8');
    for (const one of sbom.components)
      assert.ok(one.name === 'std' || sum.includes(`${one.name} ${one.version} `), `${one.name} ${one.version}`);
  }
});

test('a program of the customer signs in place, and both hashes are kept; where it fails nothing is built', () => {
  const out = join(work, 'signed');
  const sign = join(work, 'sign.sh');
  const script = join(root, 'scanner/build.mjs');
  const args = [script, '--only', 'Scanner.exe', '--version', '0.0.1', '--out', out, '--sign', sign];
  writeFileSync(sign, '#!/bin/sh\ncase "$1" in */Scanner.exe) printf signature >> "$1" ;; *) exit 1 ;; esac\n', {
    mode: 0o755,
  });
  execFileSync(process.execPath, args, { stdio: 'ignore' });
  const { builds } = JSON.parse(readFileSync(join(out, 'scanner-builds.json'), 'utf8'));
  const file = readFileSync(join(out, 'Scanner.exe'));
  const hash = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');
  assert.equal(file.subarray(-9).toString(), 'signature');
  assert.deepEqual([builds[0].sha256, builds[0].size], [hash(file), file.length]);
  assert.equal(builds[0].unsignedSha256, hash(file.subarray(0, -9)));
  assert.equal(builds[0].unsignedSha256, first.find(({ name }) => name === 'Scanner.exe')?.sha256);
  writeFileSync(sign, '#!/bin/sh\nexit 7\n', { mode: 0o755 });
  assert.throws(() => execFileSync(process.execPath, args, { stdio: 'pipe' }), /did not sign/);
  assert.ok(readFileSync(join(out, 'Scanner.exe')).equals(file), 'the file from before is left alone');
  // Another version stands for other sources.
  const later = [script, '--only', 'Scanner.exe', '--version', '0.0.2', '--out', out];
  const said = spawnSync(process.execPath, later, { encoding: 'utf8' });
  assert.equal(said.status, 0);
  assert.match(said.stderr, /Scanner\.exe is signed, and of older sources: it is kept/);
  assert.ok(readFileSync(join(out, 'Scanner.exe')).equals(file), 'what was signed is not replaced by what is not');
  assert.deepEqual(
    readdirSync(out).filter((name) => name.startsWith('.')),
    [],
  );
});

test('the scanner file holds no stretch of the test threat in the clear', () => {
  const encoded = readFileSync(join(root, 'scanner/internal/selftest/code_amd64.bin'));
  const key = /const key uint32 = (0x[0-9a-f]+)/.exec(
    readFileSync(join(root, 'scanner/internal/selftest/code_gen.go'), 'utf8'),
  )?.[1];
  let state = Number(key);
  const code = encoded.map((byte) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return byte ^ (state & 0xff);
  });
  // The entry loads a constant (movabs): what was decoded is code, else nothing would be found for the wrong reason.
  assert.deepEqual([...code.subarray(0, 2)], [0x48, 0xb8]);
  assert.ok(bytes.includes(encoded), 'the encoded code is in the file');
  for (let at = 0; at + 16 <= code.length; at += 8) {
    assert.equal(bytes.includes(Buffer.from(code.subarray(at, at + 16))), false, `16 bytes at ${at}`);
  }
});

test('no scanner is larger than 6 MB', () => {
  assert.equal(first.length, 3);
  for (const { name, size } of first) assert.ok(size <= 6_000_000, `${name} has ${size} bytes`);
});
