import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROUTES } from '@genehound/contract';
import { writeOfflineScan } from './offline-scan.test-helper.ts';
import { documentOf, genehound, type RunningServer, startServer } from './programs.test-helper.ts';

/** Baseline, decisions and retro-hunts by the command line alone. */

let server: RunningServer;
let folder = '';
const run = (args: readonly string[]) => genehound(server.data, args);

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'genehound-test-decisions-'));
  server = await startServer();
});
after(async () => {
  await server.clean();
  rmSync(folder, { recursive: true, force: true });
});

test('review, acquit, undo and convict; the retro-hunt names the scan of the past', async () => {
  const image = readFileSync('/bin/ls');
  const sha256 = createHash('sha256').update(image).digest('hex');
  writeOfflineScan(folder, 'scan_host-a_1', image);
  const sent = await run(['upload', folder, '--wait', '--json']);
  assert.equal(sent.exit, 0, sent.stderr);
  const { scans } = documentOf(sent) as { scans: { analysisId: string }[] };
  const scan = scans[0]?.analysisId ?? '';

  const review = await run(['baseline', scan, '--json']);
  assert.equal(review.exit, 0, review.stderr);
  const preview = ROUTES.previewAcquittal.answer.parse(documentOf(review));
  assert.deepEqual(
    preview.groups.map((group) => [group.software, group.modules.map((module) => module.sha256)]),
    [['tool', [sha256]]],
  );
  assert.match((await run(['baseline', scan])).stdout, /1 unknown modules .*\n.*tool.*\nThis scan is no baseline/);
  const refused = await run(['baseline', scan, '--acquit']);
  assert.equal(refused.exit, 1);
  assert.match(refused.stderr, /no baseline/);

  const acquitted = await run(['acquit', sha256, '--family', 'our tool', '--reason', 'checked', '--json']);
  assert.equal(acquitted.exit, 0, acquitted.stderr);
  const { decision } = ROUTES.decide.answer.parse(documentOf(acquitted));
  const twice = await run(['acquit', sha256, '--family', 'our tool', '--preview']);
  assert.match(twice.stdout, /Left out:\n.*decided/);
  const undone = await run(['decision', 'undo', decision.id, '--reason', 'a mistake']);
  assert.match(undone.stdout, /acquit .* undone/);
  assert.match((await run(['decision', 'list'])).stdout, /our tool, undone +checked/);

  for (const end = Date.now() + 60_000; ; await sleep(300)) {
    const listed = await run(['unknown', 'list', '--search', 'TOOL', '--json']);
    const { items, fleet } = ROUTES.listUnknown.answer.parse(documentOf(listed));
    const [cluster] = items;
    if (cluster !== undefined) {
      assert.deepEqual([cluster.path, cluster.endpoints, fleet], ['/usr/bin/tool', 1, 1]);
      assert.match((await run(['unknown', 'show', cluster.id])).stdout, /Members\n.*\nSeen\n.*scan_host-a_1 +pid 10/);
      break;
    }
    assert.ok(Date.now() < end, listed.stderr);
  }

  const convicted = await run(['convict', sha256, '--family', 'bad tool']);
  assert.equal(convicted.exit, 0, convicted.stderr);
  for (const end = Date.now() + 60_000; ; await sleep(300)) {
    const { items } = ROUTES.listRetroHunts.answer.parse(documentOf(await run(['retro', 'list', '--json'])));
    const found = items.find(({ families, changedScans }) => families.includes('bad tool') && changedScans > 0);
    if (found !== undefined) {
      const why = await run(['explain', sha256, '--family', 'bad tool', '--limit', '2']);
      assert.match(why.stdout, /function \d+, .*\n +0x[0-9a-f]+ .*bad tool +exact at 0x[0-9a-f]+ of /, why.stderr);
      const code = await run(['explain', sha256, '--family', 'bad tool', '--limit', '1', '--code']);
      assert.match(code.stdout, /^function \d+ at 0x.*: bad tool \d+ of \d+\n/, code.stderr);
      assert.match(
        code.stdout,
        /\n {2}gene [0-9a-f]{16} {2}bad tool {2}the same instructions in .*\n +(0x[0-9a-f]+) +(\w+).* {2}0x[0-9a-f]+ +\2/,
      );
      assert.match((await run(['explain', sha256, '--related'])).stdout, /No other artifact shares genes/);
      const strings = await run(['explain', sha256, '--strings']);
      assert.match(strings.stdout, /No other file of bad tool is stored here.*\n(.*\n)*.* ascii +\S/, strings.stderr);
      assert.match((await run(['retro', 'show', found.id])).stdout, /scan_host-a_1 .* -> malicious +bad tool/);
      break;
    }
    assert.ok(Date.now() < end, JSON.stringify(items));
  }
});

test('wrong command lines and unknown ids say what is right', async () => {
  const hash = '0'.repeat(64);
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [['acquit', 'x', '--family', 'f'], 2, /not a SHA-256/],
    [['acquit', hash], 2, /--family/],
    [['acquit', hash, '--family', 'f', '--hash-only'], 1, /needs a reason/],
    [['convict', hash, '--family', 'f'], 1, /has no such artifact/],
    [['decision', 'undo', '01890000-0000-7000-8000-000000000000'], 1, /decision list/],
    [['explain', hash], 1, /by SHA-256/],
    [['unknown', 'show', '01890000-0000-7000-8000-000000000000'], 1, /unknown list/],
    [['retro', 'show', '01890000-0000-7000-8000-000000000000'], 1, /retro list/],
  ];
  for (const [args, exit, words] of cases) {
    const result = await run(args);
    assert.equal(result.exit, exit, `${args.join(' ')}: ${result.stderr}`);
    assert.match(result.stderr, words);
  }
});
