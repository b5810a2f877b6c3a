import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROUTES } from '@genehound/contract';
import { writeOfflineScan } from './offline-scan.test-helper.ts';
import { documentOf, genehound, type RunningServer, startServer } from './programs.test-helper.ts';

/** What follows a verdict, by the command line alone: report, case, vaccine; and a case proved without the server. */

const IMAGE = readFileSync('/bin/ls');
const SHA256 = createHash('sha256').update(IMAGE).digest('hex');
const FAMILY = 'bad "tool" <b>';

let server: RunningServer;
let folder = '';
let scan = '';
const path = (name: string): string => join(folder, name);
const run = (...args: readonly string[]) => genehound(server.data, args);

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'genehound-test-response-'));
  server = await startServer();
  const sent = await run('upload', writeOfflineScan(folder, 'scan-1', IMAGE), '--wait', '--json');
  assert.equal(sent.exit, 0, sent.stderr);
  scan = (documentOf(sent) as { scans: { analysisId: string }[] }).scans[0]?.analysisId ?? '';
  const convicted = await run('convict', SHA256, '--family', FAMILY);
  assert.equal(convicted.exit, 0, convicted.stderr);
  for (const end = Date.now() + 60_000; ; await sleep(300)) {
    const told = documentOf(await run('report', scan, '--json')) as { advice: { verdict: string } };
    if (told.advice.verdict === 'malicious') return;
    assert.ok(Date.now() < end);
  }
});
after(async () => {
  await server.clean();
  rmSync(folder, { recursive: true, force: true });
});

test('report says what to do, then what was found', async () => {
  const report = await run('report', scan);
  assert.equal(report.exit, 0, report.stderr);
  assert.match(report.stdout, /^Do now\n(?:.*\n)*.*isolate.*scan-1/i);
  assert.match(report.stdout, /stop.*\/usr\/bin\/tool/i);
  assert.ok(report.stdout.includes(FAMILY));
  const nothing = await run('report', '00000000-0000-7000-8000-000000000000');
  assert.equal(nothing.exit, 1);
  assert.match(nothing.stderr, /genehound scan list/);
});

test('a case is worked on, handed on, and proved where it arrives', async () => {
  const listed = ROUTES.listCases.answer.parse(documentOf(await run('case', 'list', '--json')));
  const [opened] = listed.items;
  assert.ok(opened !== undefined && opened.state === 'new');
  const said = ['--state', 'investigating', '--assign', 'ann', '--comment', 'look\u001b[2J at it'];
  const set = await run('case', 'set', opened.endpoint.id, ...said);
  assert.equal(set.exit, 0, set.stderr);
  assert.equal((await run('case', 'set', opened.endpoint.id)).exit, 2, 'nothing to change');
  const shown = await run('case', 'show', opened.id);
  assert.match(shown.stdout, /investigating +ann +scan-1[\s\S]*says look/);
  assert.ok(!shown.stdout.includes('\u001b'), 'nothing that a comment holds moves the terminal');
  assert.match((await run('case', 'list', '--assignee', 'ann')).stdout, /investigating/);
  assert.match((await run('case', 'list', '--state', 'closed')).stdout, /No cases/);

  const exported = await run('case', 'export', scan, '--output', path('case.zip'));
  assert.equal(exported.exit, 0, exported.stderr);
  assert.equal((await run('case', 'export', scan, '--output', path('case.zip'))).exit, 1, 'never over a file');
  const keys = documentOf(await run('evidence', 'keys', '--json')) as { items: { publicKey: string }[] };
  const key = keys.items[0]?.publicKey ?? '';

  // From here on nothing of the server is used.
  const verify = (name: string, ...more: string[]) =>
    genehound('/nonexistent', ['evidence', 'verify', path(name), ...more]);
  assert.match((await verify('case.zip')).stderr, /unpack it/);
  execFileSync('unzip', ['-q', path('case.zip'), '-d', path('case')]);
  const proved = await verify('case', '--key', key);
  assert.equal(proved.exit, 0, proved.stderr);
  assert.match(proved.stdout, /^Unchanged: a case of \d+ files/);
  assert.match((await verify('case', '--key', 'ab'.repeat(32))).stderr, /not by the one that was named/);
  const page = readFileSync(path('case/report.html'), 'utf8');
  assert.ok(page.includes('bad &quot;tool&quot; &lt;b&gt;') && !page.includes('<b>bad') && !page.includes('\u001b'));
  execFileSync('7zz', ['x', '-pinfected', `-o${path('code')}`, path('case/code.zip')]);
  assert.deepEqual(readdirSync(path('code')), [`${SHA256}.file.sample`]);
  assert.deepEqual(readFileSync(path(`code/${SHA256}.file.sample`)), IMAGE);
  for (const [name, change, problem] of [
    [
      'changed',
      (at: string) => writeFileSync(join(at, 'report.html'), page.replace('scan-1', 'scan-2')),
      /was changed/,
    ],
    ['without', (at: string) => rmSync(join(at, 'advice.json')), /is missing/],
    ['more', (at: string) => writeFileSync(join(at, 'more'), ''), /no part of the case/],
  ] as const) {
    cpSync(path('case'), path(name), { recursive: true });
    change(path(name));
    const refused = await verify(name);
    assert.equal(refused.exit, 1);
    assert.match(refused.stderr, problem);
  }
  assert.equal((await run('case', 'export', scan, '--no-code', '--output', path('bare.zip'))).exit, 0);
  assert.doesNotMatch(execFileSync('unzip', ['-l', path('bare.zip')], { encoding: 'utf8' }), /code\.zip/);
});

test('a vaccine is printed, or written to a new file', async () => {
  const printed = await run('vaccine', FAMILY);
  assert.equal(printed.exit, 0, printed.stderr);
  assert.match(printed.stdout, /^rule genehound_bad_tool_b_\n{/);
  const written = await run('vaccine', SHA256.toUpperCase(), '--output', path('rule.yar'));
  assert.equal(written.exit, 0, written.stderr);
  assert.match(readFileSync(path('rule.yar'), 'utf8'), new RegExp(`^rule genehound_${SHA256}\n`));
  assert.equal((await run('vaccine', SHA256, '--output', path('rule.yar'))).exit, 1, 'never over a file');
  const nobody = await run('vaccine', 'nobody');
  assert.equal(nobody.exit, 1);
  assert.match(nobody.stderr, /no code of the family nobody/);
});
