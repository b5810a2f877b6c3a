import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '@genehound/contract';
import { deliver, OTHER_PROGRAM, PROGRAM, reportOf, ScanClient } from './scan-client.ts';
import { startTestServer, type TestServer } from './test-server.ts';

let server: TestServer;
let folder: string;
before(async () => {
  server = await startTestServer();
  folder = mkdtempSync(join(tmpdir(), 'genehound-packages-'));
  chmodSync(folder, 0o777);
});
after(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function unknownBecomes(id: string, unknown: number): Promise<void> {
  for (const end = Date.now() + 60_000; ; await sleep(100)) {
    const { artifacts } = await server.client.call('getScan', { params: { id } });
    if (artifacts?.unknown === unknown) return;
    assert.ok(Date.now() < end, JSON.stringify(artifacts));
  }
}

const isConflict = (words: RegExp) => (error: unknown) =>
  error instanceof ApiError && error.code === 'conflict' && words.test(error.message);

test('acquit endpoint: a preview by software, a part of it, the rest, and undo', async () => {
  const { id } = await deliver(server.url, server.localKey, { name: 'golden', programs: [PROGRAM, OTHER_PROGRAM] });
  await reportOf(server.client, id);
  const params = { id };
  const preview = await server.client.call('previewAcquittal', { params });
  assert.equal(preview.refusal, null);
  assert.equal(preview.endpoint.name, 'golden');
  assert.deepEqual(
    preview.groups.map(({ software, modules }) => [software, modules.map(({ path }) => path)]),
    [
      ['ls', [PROGRAM]],
      ['sh', [OTHER_PROGRAM]],
    ],
  );
  assert.ok(preview.groups.every(({ modules }) => modules.every(({ genes }) => genes > 100)));
  const some = await server.client.call('acquitEndpoint', {
    params,
    body: { software: ['ls'], reason: 'clean image' },
  });
  assert.deepEqual([some.decision.families, some.decision.labels, some.decision.scanId], [['ls'], 1, id]);
  await unknownBecomes(id, 1);
  const rest = await server.client.call('acquitEndpoint', { params, body: {} });
  assert.deepEqual(rest.decision.families, ['sh']);
  await unknownBecomes(id, 0);
  await assert.rejects(server.client.call('acquitEndpoint', { params, body: {} }), isConflict(/nothing to acquit/));
  for (const { decision } of [some, rest])
    await server.client.call('undoDecision', { params: { id: decision.id }, body: {} });
  await unknownBecomes(id, 2);
});

test('what speaks against code leaves it out, with the reason', async () => {
  const { id } = await deliver(server.url, server.localKey, { name: 'golden', programs: [PROGRAM, OTHER_PROGRAM] });
  const report = await reportOf(server.client, id);
  const bad = report.notTrusted.find(({ path }) => path === OTHER_PROGRAM);
  assert.ok(bad !== undefined);
  const { decision } = await server.client.call('decide', {
    body: { kind: 'convict', family: 'bad shell', artifacts: [{ sha256: bad.sha256, layout: bad.layout }] },
  });
  for (const end = Date.now() + 60_000; ; await sleep(100)) {
    const { groups, leftOut } = await server.client.call('previewAcquittal', { params: { id } });
    const found = leftOut.find(({ sha256 }) => sha256 === bad.sha256);
    if (found !== undefined) {
      assert.deepEqual([found.why, found.path], ['malicious', OTHER_PROGRAM]);
      assert.deepEqual(
        groups.map(({ software }) => software),
        ['ls'],
      );
      break;
    }
    assert.ok(Date.now() < end);
  }
  await server.client.call('undoDecision', { params: { id: decision.id }, body: {} });
  await unknownBecomes(id, 2);
});

test('a scan without full privileges, or that says nothing of them, is no baseline', async () => {
  const { id: silent } = await deliver(server.url, server.localKey, {
    name: 'silent',
    programs: [PROGRAM],
    coverage: false,
  });
  await reportOf(server.client, silent);
  await assert.rejects(
    server.client.call('acquitEndpoint', { params: { id: silent }, body: {} }),
    isConflict(/does not say with which privileges/),
  );
  const client = new ScanClient(server.url, server.localKey);
  await client.create({ scan_type: 'endpoint_scan' });
  await client.post('host-info', { host_info: { computer_name: 'poor' } });
  await client.post('processes-info', { processes_info: [{ pid: 100, ppid: 1, process_path: PROGRAM }] });
  await client.post('processes/loaded-modules-info', { processes: [] });
  await client.post('files-info', { files_info: [] });
  await client.post('coverage-info', {
    coverage_info: {
      version: 1,
      complete: false,
      privileges: { user: 'me', held: [], missing: ['CAP_SYS_PTRACE'] },
      processes: [],
      problems: [],
    },
  });
  await client.post('end', { reason: 'done' });
  await reportOf(server.client, client.analysisId);
  const preview = await server.client.call('previewAcquittal', { params: { id: client.analysisId } });
  assert.match(preview.refusal ?? '', /CAP_SYS_PTRACE/);
  await assert.rejects(
    server.client.call('acquitEndpoint', { params: { id: client.analysisId }, body: {} }),
    isConflict(/no baseline/),
  );
});

/** Two versions of a package of this system's archive, unpacked; fewer where the archive does not answer. */
function versionsOf(name: string): readonly string[] {
  let versions: string[] = [];
  try {
    const table = execFileSync('apt-cache', ['madison', name], { encoding: 'utf8', timeout: 30_000 });
    versions = [...new Set(table.split('\n').flatMap((line) => line.split('|')[1]?.trim() ?? []))];
  } catch {
    return [];
  }
  return versions.slice(0, 2).flatMap((version, index) => {
    const to = join(folder, `${name}-${index}`);
    try {
      execFileSync('apt-get', ['-q', 'download', `${name}=${version}`], {
        cwd: folder,
        timeout: 60_000,
        stdio: 'ignore',
      });
      const file = readdirSync(folder).find((one) => one.startsWith(`${name}_`) && one.endsWith('.deb'));
      execFileSync('dpkg-deb', ['-x', join(folder, file ?? ''), to], { timeout: 60_000 });
      rmSync(join(folder, file ?? ''));
      return [to];
    } catch {
      return [];
    }
  });
}

test('what was acquitted in one version is not unknown in the other', async (t) => {
  const [one, other] = versionsOf('openssl').map((path) => join(path, 'usr/bin/openssl'));
  if (one === undefined || other === undefined || !existsSync(one) || !existsSync(other)) {
    t.skip('the archive of this system does not have two versions of openssl, or does not answer');
    return;
  }
  const first = await deliver(server.url, server.localKey, { name: 'older', programs: [one] });
  await reportOf(server.client, first.id);
  await server.client.call('acquitEndpoint', { params: { id: first.id }, body: { reason: 'golden image' } });
  await unknownBecomes(first.id, 0);
  const second = await deliver(server.url, server.localKey, { name: 'newer', programs: [other] });
  const report = await reportOf(server.client, second.id);
  assert.notEqual(second.wanted.length, 0, 'the two versions differ');
  assert.deepEqual([report.artifacts.trusted, report.notTrusted.map(({ why }) => why)], [1, []]);
});
