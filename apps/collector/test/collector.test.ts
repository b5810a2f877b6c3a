import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createKey, pruneCollector, readCollectorConfig, revokeKey, run } from '@genehound/collector';
import { readOfflineScan } from '@genehound/intake';

const PROGRAM = await readFile('/bin/ls');
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

let data = '';
let secret = '';
before(async () => {
  data = await mkdtemp(join(tmpdir(), 'genehound-collector-'));
  secret = (await createKey(data, 'test')).secret;
});
after(async () => await rm(data, { recursive: true }));

const environment = (more: Readonly<Record<string, string>> = {}) => ({
  GENEHOUND_COLLECTOR_DATA: data,
  GENEHOUND_HOST: '127.0.0.1',
  GENEHOUND_PORT: '0',
  GENEHOUND_LOG_LEVEL: 'error',
  ...more,
});

interface Answer {
  readonly status: number;
  readonly body: { readonly result?: unknown; readonly error?: string };
}

/** Speaks as a scanner does: one scan's delivery. */
class Scanner {
  url: string;
  readonly #key: string;
  scanId = '';
  analysisId = '';
  constructor(url: string, key = secret) {
    this.url = url;
    this.#key = key;
  }
  async post(path: string, body: Uint8Array | object, gzipped = false): Promise<Answer> {
    const raw = body instanceof Uint8Array ? Buffer.from(body) : Buffer.from(JSON.stringify(body));
    const response = await fetch(this.url + path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${this.#key}`,
        'content-type': body instanceof Uint8Array ? 'application/octet-stream' : 'application/json',
        ...(gzipped ? { 'content-encoding': 'gzip' } : {}),
      },
      body: gzipped ? gzipSync(raw) : raw,
    });
    return { status: response.status, body: JSON.parse(await response.text()) };
  }
  async create(info: object = {}): Promise<Answer> {
    const reply = await this.post('/api/scans', { scanner_info: { scanner_version: 'test' }, ...info });
    const ids = reply.body.result as { scan_id: string; analysis_id: string } | undefined;
    this.scanId = ids?.scan_id ?? this.scanId;
    this.analysisId = ids?.analysis_id ?? this.analysisId;
    return reply;
  }
  async say(route: string, body: Uint8Array | object, gzipped = false): Promise<Answer> {
    return await this.post(`/scans/scans/${this.scanId}/${route}`, body, gzipped);
  }
  /** Everything but the end; the hashes that were asked for. */
  async begin(name: string, info: object = {}): Promise<unknown> {
    assert.equal((await this.create(info)).status, 201);
    for (const [route, body] of [
      ['host-info', { host_info: { computer_name: name } }],
      ['processes-info', { processes_info: [{ pid: 7, ppid: 1, process_path: '/bin/ls' }] }],
      ['processes/7/loaded-modules-info', { loaded_modules_info: [{ base_address: 4096, file_path: '/bin/ls' }] }],
    ] as const) {
      assert.equal((await this.say(route, body)).status, 200);
    }
    const files = { files_info: [{ file_path: '/bin/ls', sha256: hashOf(PROGRAM), size_in_bytes: PROGRAM.length }] };
    return (await this.say('files-info', files)).body.result;
  }
}

const scanFolders = async () => (await readdir(join(data, 'scans'))).filter((name) => name.startsWith('scan_'));

test('a scan becomes an offline directory; bytes are asked for once and shared', async () => {
  const collector = await run(readCollectorConfig(environment()));
  try {
    const first = new Scanner(collector.url);
    assert.deepEqual(await first.begin('../../HOST 1'), [hashOf(PROGRAM)]);
    assert.equal((await first.say('file-system/collected-binaries', PROGRAM, true)).status, 200);
    assert.equal((await first.say('file-system/collected-binaries', Buffer.from('\x7fELF other'))).status, 409);
    assert.equal((await first.say('end', { reason: 'done', end_time: 5 })).status, 200);
    assert.equal((await first.say('end', { reason: 'failed' })).status, 200, 'our first answer may have been lost');
    assert.equal((await first.say('findings-info', { version: 1, findings_info: [] })).status, 409);
    const second = new Scanner(collector.url);
    assert.deepEqual(await second.begin('HOST 2'), [], 'it is here already');
    await second.say('end', { reason: 'interrupted' });

    const folders = await scanFolders();
    assert.equal(folders.length, 2);
    const folder = folders.find((name) => name.includes('HOST-1')) ?? '';
    assert.match(folder, /^scan_HOST-1_\d{8}_\d{6}_[0-9a-f]{8}$/);
    const scan = await readOfflineScan(join(data, 'scans', folder));
    const names: string[] = [];
    for await (const { name } of scan.messages()) names.push(name);
    assert.deepEqual(names, ['host_info', 'processes_info', 'loaded_modules_info', 'files_info']);
    assert.deepEqual([scan.endReason, scan.endTime, scan.problems], ['done', 5, []]);
    assert.equal(scan.scannerInfo.analysis_id, first.analysisId, 'the id that the client knows goes on with it');
    const sample = await scan.sample('file', hashOf(PROGRAM));
    assert.equal(hashOf(await readFile(sample ?? '')), hashOf(PROGRAM));
  } finally {
    await collector.close();
  }
});

test('a message that came before is taken by its hash, and lies in the folder of each scan', async () => {
  const collector = await run(readCollectorConfig(environment()));
  try {
    const autoruns = Buffer.from(
      JSON.stringify({ autoruns_info: [{ category: 'cron', entry_path: '/etc/cron.d/x' }] }),
    );
    const asked = { message: 'autoruns_info', sha256: hashOf(autoruns) };
    const first = new Scanner(collector.url);
    await first.begin('recall 1');
    assert.deepEqual((await first.say('known-message', asked)).body.result, { known: false });
    assert.equal((await first.say('autoruns-info', JSON.parse(autoruns.toString()))).status, 200);
    await first.say('end', { reason: 'done' });
    const second = new Scanner(collector.url);
    await second.begin('recall 2');
    assert.deepEqual((await second.say('known-message', asked)).body.result, { known: true });
    await second.say('end', { reason: 'done' });
    for (const name of ['recall-1', 'recall-2']) {
      const folder = (await scanFolders()).find((one) => one.includes(name)) ?? '';
      assert.deepEqual(await readFile(join(data, 'scans', folder, 'autoruns_info.json')), autoruns);
    }
  } finally {
    await collector.close();
  }
});

test('a message that was refused makes the scan failed, and names it', async () => {
  const collector = await run(readCollectorConfig(environment()));
  try {
    const scanner = new Scanner(collector.url);
    await scanner.begin('refused');
    assert.equal((await scanner.say('findings-info', { version: 1, findings_info: [{}] })).status, 400);
    await scanner.say('end', { reason: 'done' });
    const folder = (await scanFolders()).find((name) => name.includes('refused')) ?? '';
    const summary = JSON.parse(await readFile(join(data, 'scans', folder, 'scan_summary.json'), 'utf8'));
    assert.equal(summary.reason, 'failed');
    assert.match(JSON.stringify(summary.problems), /findings-info/);
  } finally {
    await collector.close();
  }
});

test('keys are its own: a wrong, a revoked, and another scan are refused', async () => {
  const collector = await run(readCollectorConfig(environment()));
  try {
    const stranger = new Scanner(collector.url, 'b1b9a3a4-0000-4000-8000-000000000000');
    assert.equal((await stranger.create()).status, 401);
    const other = await createKey(data, 'other');
    const owner = new Scanner(collector.url);
    await owner.begin('owned');
    const thief = new Scanner(collector.url, other.secret);
    thief.scanId = owner.scanId;
    assert.equal((await thief.say('end', { reason: 'done' })).status, 404);
    const token = await thief.post('/api/v2-0/get-access-token', { api_key: `{${other.secret}}` });
    const holder = new Scanner(collector.url, String(token.body.result));
    assert.equal((await holder.create()).status, 201);
    await revokeKey(data, other.id);
    assert.equal((await holder.create()).status, 401, 'its tokens end with it');
    assert.equal((await thief.create()).status, 401);
    await owner.say('end', { reason: 'done' });
    const taken = new Scanner(collector.url);
    assert.equal((await taken.create({ analysis_id: owner.analysisId })).status, 409);
  } finally {
    await collector.close();
  }
});

test('the quota is kept before anything is damaged; a second collector is refused', async () => {
  const collector = await run(readCollectorConfig(environment({ GENEHOUND_COLLECTOR_QUOTA_BYTES: '200000' })));
  try {
    const bytes = Buffer.concat([PROGRAM, Buffer.alloc(400_000)]);
    const scanner = new Scanner(collector.url);
    await scanner.begin('full');
    const more = { files_info: [{ file_path: '/bin/x', sha256: hashOf(bytes), size_in_bytes: bytes.length }] };
    const reply = await scanner.say('files-info', more);
    if (reply.status === 200) {
      const upload = await scanner.say('file-system/collected-binaries', bytes);
      assert.equal(upload.status, 507, JSON.stringify(upload.body));
    } else assert.equal(reply.status, 507);
    await assert.rejects(run(readCollectorConfig(environment())), /Another Genehound collector.*stop it first/);
  } finally {
    await collector.close();
  }
});

async function serve(): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'serve.ts')], {
    env: environment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  assert.ok(child.stdout);
  const [line] = await once(child.stdout, 'data');
  return { child, url: String(line).trim() };
}

test('a message that comes again is counted once, and an id that no scan has got is free', async () => {
  const collector = await run(readCollectorConfig(environment({ GENEHOUND_COLLECTOR_QUOTA_BYTES: '2000000' })));
  const open = join(data, 'scans', '.open');
  try {
    const scanner = new Scanner(collector.url);
    await scanner.create();
    const host = { host_info: { computer_name: 'again' }, filler: 'x'.repeat(150_000) };
    for (let i = 0; i < 20; i += 1) assert.equal((await scanner.say('host-info', host)).status, 200, `time ${i}`);
    await scanner.say('end', { reason: 'done' });

    // No folder can be made: a file lies where the open scans are kept.
    const analysis_id = crypto.randomUUID();
    await rm(open, { recursive: true });
    await writeFile(open, '');
    assert.equal((await scanner.create({ analysis_id })).status, 500);
    await rm(open);
    assert.equal((await scanner.create({ analysis_id })).status, 201);
    await scanner.say('host-info', { host_info: {} });
    await scanner.say('processes-info', { processes_info: [] });
    await scanner.say('end', { reason: 'done' });
  } finally {
    await collector.close();
  }
});

test('killed at any moment it keeps what it acknowledged, and the scan goes on', async () => {
  let { child, url } = await serve();
  const scanner = new Scanner(url);
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await once(child, 'exit');
    ({ child, url } = await serve());
    scanner.url = url;
  };
  await scanner.begin('killed');
  await kill();
  const fresh = Buffer.concat([PROGRAM, Buffer.from('fresh')]);
  const file = { file_path: '/bin/fresh', sha256: hashOf(fresh), size_in_bytes: fresh.length };
  assert.deepEqual((await scanner.say('files-info', { files_info: [file] })).body.result, [hashOf(fresh)]);
  await kill();
  assert.equal((await scanner.say('file-system/collected-binaries', fresh)).status, 200, 'it was announced before');
  await kill();
  const again = await scanner.say('files-info', { files_info: [file] });
  assert.deepEqual(again.body.result, [], 'its bytes are here');
  await kill();
  assert.equal((await scanner.say('end', { reason: 'done' })).status, 200);
  await kill();
  assert.equal((await scanner.say('end', { reason: 'done' })).status, 200);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const folder = (await scanFolders()).find((name) => name.includes('killed')) ?? '';
  const files = await readdir(join(data, 'scans', folder));
  assert.deepEqual(files.filter((name) => name.startsWith('files_info')).sort(), [
    'files_info_0.json',
    'files_info_1.json',
  ]);
});

test('a scan whose scanner is gone is closed as interrupted', async () => {
  const collector = await run(
    readCollectorConfig(environment({ GENEHOUND_SCAN_QUIET_SECONDS: '1', GENEHOUND_LOG_LEVEL: 'silent' })),
  );
  try {
    await new Scanner(collector.url).begin('silent');
    let folder: string | undefined;
    for (const end = Date.now() + 60_000; folder === undefined && Date.now() < end; ) {
      folder = (await scanFolders()).find((name) => name.includes('silent'));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const scan = await readOfflineScan(join(data, 'scans', folder ?? ''));
    assert.equal(scan.endReason, 'interrupted');
  } finally {
    await collector.close();
  }
});

test('what was sent on is pruned, and the bytes that nobody needs any more; the rest stays', async () => {
  const before = await scanFolders();
  for (const name of before.slice(1)) await writeFile(join(data, 'scans', name, 'analysis_id.txt'), 'x');
  const pruned = await pruneCollector(data);
  assert.equal(pruned.scans, before.length - 1);
  assert.equal(pruned.samples, 1, 'the one that only the killed scan had');
  assert.equal((await scanFolders()).length, 1);
  assert.deepEqual(await readdir(join(data, 'scans', 'files')), [`${hashOf(PROGRAM)}.sample`]);
});
