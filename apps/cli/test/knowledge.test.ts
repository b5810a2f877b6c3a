import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { scanReport } from '@genehound/contract';
import { readRule } from '../src/commands/knowledge.ts';
import { writeOfflineScan } from './offline-scan.test-helper.ts';
import { documentOf, genehound, type RunningServer, startServer } from './programs.test-helper.ts';

/** Rules by the command line: our own, and those of yara-signator where the shared fixtures are. */

const SIGNATOR = fileURLToPath(new URL('../../../../shared/data/signator-rules-2024-11-11.tar.gz', import.meta.url));

let server: RunningServer;
let folder = '';
const run = (args: readonly string[]) => genehound(server.data, args);

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'genehound-test-knowledge-'));
  server = await startServer();
});
after(async () => {
  await server.clean();
  rmSync(folder, { recursive: true, force: true });
});

const rule = (name: string, family: string): string => `rule ${name} {
    meta:
        author = "a test"
        malpedia_reference = "https://example.org/details/${family}"
        malpedia_license = "CC0-1.0"
    strings:
        $sequence_0 = { 00112233445566778899aabbccddeeff }
            // n = 4, score = 100
    condition:
        $sequence_0
}`;

test('a rule file names its rule, family, licence and author; its comments go', () => {
  const read = readRule(rule('test_one_auto', 'test.one'));
  assert.deepEqual(
    [read?.name, read?.family, read?.licence, read?.author],
    ['test_one_auto', 'test.one', 'CC0-1.0', 'a test'],
  );
  assert.ok(!read?.text.includes('score'));
  assert.equal(readRule('no rule at all'), null);
  assert.equal(readRule('rule win_some_thing_auto { condition: false }')?.family, 'win.some_thing');
});

test('rules of a folder and of an archive are added once, told of where they are bad, and withdrawn', async () => {
  const rules = join(folder, 'rules', 'below');
  mkdirSync(rules, { recursive: true });
  writeFileSync(join(rules, 'one.yar'), rule('test_one_auto', 'test.one'));
  writeFileSync(join(rules, 'bad.yar'), 'rule test_bad { condition: nonsense }');
  writeFileSync(join(rules, 'none.yara'), 'nothing');
  writeFileSync(join(rules, 'readme.txt'), 'not looked at');
  const added = await run(['knowledge', 'add', 'signator', join(folder, 'rules'), '--source', 'ours', '--json']);
  assert.equal(added.exit, 20, added.stderr);
  const answer = documentOf(added) as { added: number; problems: { name: string }[] };
  assert.deepEqual([answer.added, answer.problems.map(({ name }) => name).sort()], [1, ['none.yara', 'test_bad']]);
  execFileSync('tar', ['-czf', join(folder, 'rules.tar.gz'), '-C', rules, 'one.yar']);
  const again = await run(['knowledge', 'add', 'signator', join(folder, 'rules.tar.gz')]);
  assert.match(again.stdout, /^0 rules added, 1 known already, 0 with problems/);
  assert.match((await run(['knowledge', 'status'])).stdout, /Signatures: on, 1 rules/);
  assert.match((await run(['knowledge', 'withdraw', 'ours'])).stdout, /1 rules withdrawn/);
  const missing = await run(['knowledge', 'add', 'signator', join(folder, 'nowhere')]);
  assert.equal(missing.exit, 1);
  assert.match(missing.stderr, /cannot be read/);
  writeFileSync(join(folder, 'cut.tar.gz'), readFileSync(join(folder, 'rules.tar.gz')).subarray(0, 100));
  const refused: readonly (readonly [readonly string[], RegExp])[] = [
    [[join(folder, 'cut.tar.gz')], /no whole archive/],
    [['http://example.org/rules.yar'], /only https/],
    [[`${server.url.replace('http:', 'https:')}/rules.yar`], /is not on the Internet/],
    [['https://169.254.169.254/latest/meta-data'], /is not on the Internet/],
  ];
  for (const [args, words] of refused) {
    const ended = await run(['knowledge', 'add', 'signator', ...args]);
    assert.deepEqual([ended.exit, words.test(ended.stderr)], [1, true], ended.stderr);
  }
});

/** Bytes of the sequences of a rule; what a wildcard may be is zero. */
function bytesOf(text: string): readonly Buffer[] {
  return [...text.matchAll(/\$sequence_\d+ = \{([^}]+)\}/g)].map(([, hex = '']) =>
    Buffer.from(hex.replaceAll(/\s/g, '').replaceAll('?', '0'), 'hex'),
  );
}

test('real rules name their family in harmless bytes made of their sequences', async (t) => {
  if (!existsSync(SIGNATOR)) {
    t.skip('the shared fixtures are not here');
    return;
  }
  const added = await run(['knowledge', 'add', 'signator', SIGNATOR, '--json']);
  assert.equal(added.exit, 0, added.stderr);
  const { added: count } = documentOf(added) as { added: number };
  assert.ok(count > 1_400, `${count} rules`);
  execFileSync('tar', ['-xzf', SIGNATOR, '-C', folder, '--wildcards', '*win.emotet_auto.yar', '*win.qakbot_auto.yar']);
  for (const family of ['win.emotet', 'win.qakbot']) {
    const path = execFileSync('find', [folder, '-name', `${family}_auto.yar`], { encoding: 'utf8' }).trim();
    const image = Buffer.concat([readFileSync('/bin/true'), ...bytesOf(readFileSync(path, 'utf8'))]);
    const root = join(folder, family);
    writeOfflineScan(root, 'scan_host_1', image);
    const sent = await run(['upload', root, '--wait', '--json']);
    assert.equal(sent.exit, 0, sent.stderr);
    const { scans } = documentOf(sent) as { scans: { analysisId: string }[] };
    const report = scanReport.parse(documentOf(await run(['scan', 'show', scans[0]?.analysisId ?? '', '--json'])));
    assert.deepEqual([report.verdict, report.families], ['malicious', [family]]);
  }
});
