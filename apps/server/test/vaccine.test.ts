import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ApiError } from '@genehound/contract';
import { query } from './query.ts';
import { PROGRAM, sha256 } from './scan-client.ts';
import { startTestServer, type TestServer } from './test-server.ts';

const run = promisify(execFile);
const FAMILY = 'Vaccine "Test" Family';
/** The same program under other names, from the same sources; other programs of its package share its library. */
const TWINS = new Set(['ls', 'dir', 'vdir']);
const RELATIVES = ['/bin/cp', '/bin/mv', '/bin/du', '/usr/bin/sort'];
/** Clean files that are looked at: a sample, or with GENEHOUND_LONG=1 as many as 2,500. */
const MOST_CLEAN = process.env['GENEHOUND_LONG'] === '1' ? 2_500 : 300;

let server: TestServer;
let folder = '';

async function label(path: string, family: string, type: 'malware' | 'application'): Promise<void> {
  const query = { family, type, scope: 'organisation', source: 'test' } as const;
  await server.client.call('addSample', { query, body: await readFile(path) });
}

before(async () => {
  server = await startTestServer();
  folder = await mkdtemp(join(tmpdir(), 'genehound-vaccine-'));
  await label(PROGRAM, FAMILY, 'malware');
  for (const path of RELATIVES) await label(path, 'coreutils', 'application');
  for (const end = Date.now() + 300_000; ; await sleep(200)) {
    const { pendingSamples, indexCurrent, samples } = await server.client.call('getGenome', {});
    if (pendingSamples === 0 && indexCurrent && samples >= 1 + RELATIVES.length) return;
    assert.ok(Date.now() < end);
  }
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

async function isElf(path: string): Promise<boolean> {
  const file = await open(path).catch(() => null);
  if (file === null) return false;
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.toString('latin1') === '\u007fELF';
  } finally {
    await file.close();
  }
}

async function cleanFiles(): Promise<readonly string[]> {
  const found: string[] = [];
  for (const directory of ['/usr/bin', '/usr/sbin', '/usr/lib']) {
    for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
      if (found.length >= MOST_CLEAN) return found;
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile() && !TWINS.has(entry.name) && (await isElf(path))) found.push(path);
    }
  }
  return found;
}

async function matched(rule: string, files: readonly string[]): Promise<readonly string[]> {
  const list = join(folder, 'files');
  await writeFile(list, `${files.join('\n')}\n`);
  const { stdout } = await run('yara', ['--scan-list', rule, list], { maxBuffer: 1e7 });
  return stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.slice(line.indexOf(' ') + 1)]));
}

test('a vaccine matches what it was made of, and no clean file', async (context) => {
  const made = await server.client.call('makeVaccine', { body: { family: FAMILY } });
  const [source] = made.sources;
  assert.deepEqual([made.sources.length, source?.sha256], [1, sha256(await readFile(PROGRAM))]);
  assert.ok((source?.sequences ?? 0) >= 8 && (source?.needed ?? 0) >= 5, JSON.stringify(source));
  assert.match(made.name, /^genehound_Vaccine_Test_Family$/);
  assert.match(made.text, /\?\?/, 'operands that differ between builds are open');
  const byHash = await server.client.call('makeVaccine', { body: { sha256: source?.sha256 ?? '' } });
  assert.equal(byHash.sources[0]?.sha256, source?.sha256);
  const rule = join(folder, 'rule.yar');
  await writeFile(rule, made.text);
  const clean = await cleanFiles();
  let found: readonly string[];
  try {
    found = await matched(rule, [PROGRAM, ...clean]);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return context.skip('yara is not installed');
    throw error;
  }
  assert.deepEqual(found, [PROGRAM]);
  context.diagnostic(`none of ${clean.length} clean files matches`);
});

test('without code there is no vaccine, and it says why', async () => {
  for (const [body, status] of [
    [{ family: 'nobody' }, 409],
    [{ sha256: 'a'.repeat(64) }, 404],
    [{ family: 'coreutils\n" }' }, 409],
    // Whatever matched it would match clean software.
    [{ family: 'coreutils' }, 409],
    [{ sha256: sha256(await readFile('/bin/cp')) }, 409],
  ] as const) {
    await assert.rejects(server.client.call('makeVaccine', { body }), (error) => {
      assert.ok(error instanceof ApiError);
      return error.status === status;
    });
  }
});

const SMALL = `#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(int c, char **v) {
  char b[64];
  for (int i = 0; i < c; i++) { memset(b, i, 64); snprintf(b, 64, "%s", v[i]); puts(b); }
  return c > 3 ? (int)sleep(c) : c;
}`;

test('what a compiler puts into every program is no vaccine, however small the program', async (context) => {
  const program = join(folder, 'small');
  await writeFile(`${program}.c`, SMALL);
  try {
    await run('gcc', ['-O2', '-o', program, `${program}.c`]);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return context.skip('gcc is not installed');
    throw error;
  }
  // Nothing else is known: what every program has passes for its own.
  const fresh = await startTestServer();
  context.after(() => fresh.close());
  const query = { family: 'Small', type: 'malware', scope: 'organisation', source: 'test' } as const;
  await fresh.client.call('addSample', { query, body: await readFile(program) });
  for (const end = Date.now() + 60_000; ; await sleep(200)) {
    const { pendingSamples, indexCurrent } = await fresh.client.call('getGenome', {});
    if (pendingSamples === 0 && indexCurrent) break;
    assert.ok(Date.now() < end);
  }
  let text: string;
  try {
    ({ text } = await fresh.client.call('makeVaccine', { body: { family: 'Small' } }));
  } catch (error) {
    // With another compiler there may be too little that is its own.
    assert.ok(error instanceof ApiError && error.status === 409 && /too little/.test(error.message), String(error));
    context.diagnostic('there is too little code for a rule');
    return;
  }
  const rule = join(folder, 'small.yar');
  await writeFile(rule, text);
  try {
    assert.deepEqual(await matched(rule, [program, ...(await cleanFiles())]), [program]);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return context.skip('yara is not installed');
    throw error;
  }
});

/** A program of which some functions are its own; the rest is the C library, linked into it. */
const ownFunctions = (count: number, seed: number): string => {
  const bodies = Array.from({ length: count }, (_unused, at) => {
    const [a, b, c] = [seed + 7 * at, 3 + at, 11 + 2 * at];
    return `__attribute__((noinline)) static unsigned own${at}(unsigned x) {
      x ^= ${a}u * (x >> ${(b % 13) + 2}); x += ${c}u ^ (x << ${(c % 7) + 3}); x = x * ${2 * a + 1}u + (x >> ${(a % 11) + 5});
      x ^= x >> ${(b % 5) + 9}; x -= ${b}u * (x | ${a}u); x ^= (x << ${(a % 9) + 2}) + ${c}u; return x * ${b}u ^ ${a}u; }`;
  });
  const calls = Array.from({ length: count }, (_unused, at) => `x = own${at}(x);`).join(' ');
  return `#include <stdio.h>\n${bodies.join('\n')}\nint main(int c, char **v) { unsigned x = c; ${calls} printf("%u %s", x, v[0]); return 0; }`;
};

async function compileStatic(name: string, source: string): Promise<string | null> {
  const program = join(folder, name);
  await writeFile(`${program}.c`, source);
  try {
    await run('gcc', ['-O1', '-static', '-o', program, `${program}.c`]);
    return program;
  } catch {
    return null;
  }
}

test('code that other programs of the fleet have is in no vaccine, though nobody labelled it', async (context) => {
  const accused = await compileStatic('accused', ownFunctions(24, 1_000_003));
  const neighbour = await compileStatic('neighbour', ownFunctions(24, 7_654_321));
  if (accused === null || neighbour === null) return context.skip('gcc or the static C library is not installed');
  await label(accused, 'Static Family', 'malware');
  const body = await readFile(neighbour);
  await server.client.call('analyseArtifact', { query: { layout: 'file' }, body });
  for (const end = Date.now() + 120_000; ; await sleep(200)) {
    const params = { sha256: sha256(body), layout: 'file' } as const;
    const { verdict } = await server.client.call('getArtifact', { params });
    if (verdict?.evidence.families.some(({ name }) => name === 'Static Family')) break;
    assert.ok(Date.now() < end);
  }
  // The library of C is in no known software here, so that the neighbour is judged by it; what is accused is left out.
  await query(server.data, `update verdict set verdict = 'unknown' where sha256 = $1`, [
    Buffer.from(sha256(body), 'hex'),
  ]);
  const { text } = await server.client.call('makeVaccine', { body: { family: 'Static Family' } });
  const rule = join(folder, 'static.yar');
  await writeFile(rule, text);
  try {
    assert.deepEqual(await matched(rule, [accused, neighbour]), [accused]);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return context.skip('yara is not installed');
    throw error;
  }
});
