import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ApiError, createClient, type ScanReport } from '@genehound/contract';
import { FAULT_POINTS, type FaultPoint } from '../src/platform/fault.ts';
import { coverage, field, PROGRAM, reportOf, ScanClient, sha256 } from './scan-client.ts';
import { temporaryData } from './test-server.ts';

/** Kills at each point; in a long run more than a hundred in all. */
const ROUNDS = process.env['GENEHOUND_LONG'] === '1' ? 13 : 1;

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  readonly key: string;
}

let data = '';
let running: Running | null = null;
before(async () => {
  data = await temporaryData();
});
after(async () => {
  if (running === null) running = await start(null);
  // Taken over by a server that ends as it should, so that its PostgreSQL ends too.
  const { readServerConfig, run } = await import('@genehound/server');
  running.child.kill('SIGKILL');
  await once(running.child, 'exit');
  const last = await run(readServerConfig({ GENEHOUND_DATA: data, GENEHOUND_PORT: '0', GENEHOUND_LOG_LEVEL: 'fatal' }));
  await last.close();
  await rm(data, { recursive: true, force: true });
});

async function start(fault: string | null): Promise<Running> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'serve.ts')], {
    env: {
      GENEHOUND_DATA: data,
      GENEHOUND_PORT: '0',
      GENEHOUND_LOG_LEVEL: 'fatal',
      ...(fault === null ? {} : { GENEHOUND_FAULT: fault }),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit').then(() => Promise.reject(new Error('The server ended at its start')));
  const [line] = await Promise.race([once(child.stdout, 'data'), exited]);
  exited.catch(() => undefined);
  const told: unknown = JSON.parse(String(line));
  return { child, url: String(field(told, 'url')), key: String(field(told, 'key')) };
}

/** What a scanner does: each step again until it is acknowledged, at whatever address the server has by now. */
class Endpoint {
  readonly acknowledged: string[] = [];
  #scanId = '';
  analysisId = '';
  deaths = 0;
  readonly #key: string;
  constructor(key: string) {
    this.#key = key;
  }
  async #serverOf(): Promise<Running> {
    if (running === null || running.child.exitCode !== null || running.child.signalCode !== null) {
      this.deaths += 1;
      running = await start(null);
    }
    return running;
  }
  async step(name: string, work: (client: ScanClient) => Promise<{ readonly status: number }>): Promise<void> {
    for (let tries = 0; tries < 5; tries += 1) {
      const server = await this.#serverOf();
      const client = new ScanClient(server.url, this.#key);
      client.scanId = this.#scanId;
      try {
        const { status } = await work(client);
        assert.ok(status === 200 || status === 201, `${name}: ${status}`);
        if (this.#scanId === '') [this.#scanId, this.analysisId] = [client.scanId, client.analysisId];
        this.acknowledged.push(name);
        return;
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        if (server.child.exitCode === null && server.child.signalCode === null) await once(server.child, 'exit');
      }
    }
    throw new Error(`${name} was never acknowledged`);
  }
}

async function scanAs(endpoint: Endpoint, name: string, bytes: Uint8Array): Promise<void> {
  const file = { file_path: PROGRAM, sha256: sha256(bytes), size_in_bytes: bytes.length };
  await endpoint.step('create', (client) => client.create({}));
  await endpoint.step('host', (client) => client.post('host-info', { host_info: { computer_name: name } }));
  await endpoint.step('identity', (client) =>
    client.post('identity-info', { identity_info: { version: 1, machine_id: name, host_name: name } }),
  );
  await endpoint.step('processes', (client) =>
    client.post('processes-info', { processes_info: [{ pid: 100, ppid: 1, process_path: PROGRAM }] }),
  );
  await endpoint.step('files', (client) => client.post('files-info', { files_info: [file] }));
  await endpoint.step('bytes', (client) => client.upload('file-system/collected-binaries', bytes));
  await endpoint.step('coverage', (client) => client.post('coverage-info', { coverage_info: coverage(1) }));
  await endpoint.step('end', (client) => client.post('end', { reason: 'done' }));
}

/** The parts of a report that must not depend on when the server died. */
function essence(report: ScanReport) {
  const { verdict, families, counts, artifacts, coverage: read } = report;
  const kept = report.notTrusted.map(({ layout, verdict: own, subVerdict, processes, why }) => ({
    layout,
    own,
    subVerdict,
    processes,
    why,
  }));
  return { verdict, families, counts, artifacts, kept, complete: read.complete, processes: read.processes };
}

async function judged(id: string): Promise<ScanReport> {
  for (let lives = 0; lives < 4; lives += 1) {
    if (running === null || running.child.signalCode !== null) running = await start(null);
    const { child, url, key } = running;
    try {
      return await reportOf(createClient(url, key), id);
    } catch (error) {
      // Anything but a broken connection is a failure; that one is the server's death, perhaps still under way.
      if (!(error instanceof ApiError && error.status === 0)) throw error;
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
  }
  throw new Error('The server died again and again');
}

async function scanWithFault(fault: FaultPoint | null, label: string): Promise<{ report: ScanReport; deaths: number }> {
  if (running === null || running.child.signalCode !== null) running = await start(null);
  const key = (
    await createClient(running.url, running.key).call('createKey', { body: { name: label, permission: 'scan' } })
  ).secret;
  running.child.kill('SIGKILL');
  await once(running.child, 'exit');
  running = await start(fault);
  const first = running.child;
  const endpoint = new Endpoint(key);
  const bytes = Buffer.concat([await readFile(PROGRAM), Buffer.from(label)]);
  await scanAs(endpoint, label, bytes);
  const report = await judged(endpoint.analysisId);
  assert.equal(endpoint.acknowledged.length, 8);
  return { report, deaths: first.signalCode === 'SIGKILL' ? 1 : 0 };
}

test('killed at any named point, every acknowledged byte is there and the verdict is the same', async (context) => {
  const { report: reference } = await scanWithFault(null, 'reference');
  assert.equal(reference.verdict, 'no_threats');
  // Passed by tests of their own: a label is activated while the server starts; rules change with a release.
  const elsewhere: readonly FaultPoint[] = ['analysis:between-commit-and-index', 'analysis:between-rejudged'];
  const points = FAULT_POINTS.filter((point) => !elsewhere.includes(point));
  for (const [point, round] of points.flatMap((one) =>
    Array.from({ length: ROUNDS }, (_unused, n) => [one, n] as const),
  )) {
    await context.test(`${point} ${round}`, async () => {
      const { report, deaths } = await scanWithFault(point, `${point} ${round}`);
      assert.equal(deaths, 1, 'the point was passed');
      assert.deepEqual(essence(report), essence(reference));
      assert.deepEqual(report.coverage.problems, []);
    });
  }
});
