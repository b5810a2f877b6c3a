import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { createServer, type Server as HttpServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { z } from 'zod';
import { type Machine, openMachine } from '../harness/machine.ts';
import { needsRoot, rootPrefix } from '../harness/privilege.ts';
import { scannerPath } from '../harness/scanner.ts';
import { genehound, labelMalware, makeDataDirectory, type Server, startServer } from '../harness/server.ts';
import { until } from '../harness/until.ts';
import { buildPayload } from '../targets/families.ts';
import { buildProgram } from '../targets/programs.ts';

/**
 * The whole of proactive hunting as its article tells it, by the command line and the API alone: a clean image becomes
 * the baseline, a hunt of four targets of which one never reports finds the infected one, unknown code is convicted, and
 * what was scanned before that is found infected, too.
 */

const run = promisify(execFile);
const FAMILY = 'Article Amber';
const UNKNOWN_FAMILY = 'Article Basalt';

interface Heard {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let server: Server;
let receiver: HttpServer;
const heard: Heard[] = [];
let data = '';
let remove: () => Promise<void> = async () => undefined;

before(async () => {
  if ((await rootPrefix()) === undefined) return;
  receiver = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      heard.push({ headers: request.headers, body });
      response.writeHead(204).end();
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const made = await makeDataDirectory();
  ({ path: data, remove } = made);
  [server] = await Promise.all([startServer(data, { GENEHOUND_NOTIFY_NETWORKS: '127.0.0.0/8' }), scannerPath()]);
  await labelMalware(server, FAMILY, await buildPayload('amber', 'labelled', 'library'));
});
after(async () => {
  receiver?.close();
  await server?.stop();
  await remove();
});

async function told(args: readonly string[]): Promise<unknown> {
  const ended = await genehound(data, [...args, '--json']);
  assert.equal(ended.code, 0, `${args.join(' ')}: ${ended.stderr}`);
  return JSON.parse(ended.stdout);
}

/** What a command tells, as far as this test looks at it. */
const as = async <T extends z.ZodType>(schema: T, ...args: readonly string[]): Promise<z.output<T>> =>
  schema.parse(await told(args));

const withId = z.looseObject({ id: z.string() });
/** Runs the kit of a hunt in a machine, as its deployment tool would. */
async function scanByKit(machine: Machine, hunt: string): Promise<void> {
  const folder = join(machine.varTmp, hunt);
  await mkdir(folder);
  const zip = join(folder, 'kit.zip');
  await told(['hunts', 'kit', hunt, '--address', machine.network.url, '-o', zip]);
  await run('unzip', ['-q', zip, '-d', folder]);
  const script = `/var/tmp/${hunt}/genehound-kit/scan.sh`;
  const ended = await machine.run('sh', [script, '--now'], { environment: { GENEHOUND_STATE: '/var/tmp/state' } });
  assert.equal(ended.code, 0, ended.stderr);
}

/** The judged scan of an endpoint, the newest one. */
async function judgedScan(name: string) {
  return await until(`the verdict of ${name}`, 90, async () => {
    const { items } = await server.client.call('listScans', { query: {} });
    const scan = items.find(({ endpoint }) => endpoint?.name === name);
    return scan?.state === 'done' ? scan : undefined;
  });
}

/** The threat that was told of an endpoint, signed with the channel's secret. */
async function hearThreat(endpoint: string, secret: string): Promise<string> {
  const one = await until(`the message about ${endpoint}`, 60, async () =>
    heard.find(({ body }) => body.includes('"threat.found"') && body.includes(endpoint)),
  );
  const signed = `${one.headers['webhook-id']}.${one.headers['webhook-timestamp']}.${one.body}`;
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const expected = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
  assert.equal(one.headers['webhook-signature'], expected);
  return one.body;
}

/** Step 1: what is unknown on the clean image is reviewed, and trusted. */
async function makeBaseline(clean: Machine): Promise<void> {
  const hunt = await as(withId, 'hunts', 'create', 'baseline', '--target', clean.name);
  await scanByKit(clean, hunt.id);
  const scan = await judgedScan(clean.name);
  assert.equal(scan.verdict, 'no_threats');
  const groups = z.array(z.looseObject({ modules: z.array(z.unknown()).min(1) })).min(1);
  const preview = await as(
    z.looseObject({ refusal: z.null(), groups, leftOut: z.array(z.unknown()) }),
    'baseline',
    scan.id,
  );
  assert.deepEqual(preview.leftOut, [], 'a clean image has nothing that is left out');
  await told(['baseline', scan.id, '--acquit', '--reason', 'the clean image']);
  await until('the trusted baseline', 60, async () => {
    const { artifacts } = await server.client.call('getScanReport', { params: { id: scan.id } });
    return artifacts.unknown === 0 && artifacts.trusted > 0 ? true : undefined;
  });
}

/** Step 3, for threats that nobody knows: a cluster on one endpoint is looked at, and convicted. */
async function convictUnknown(program: string): Promise<void> {
  const cluster = await until('the cluster of unknown code', 60, async () => {
    const { items } = await server.client.call('listUnknown', { query: {} });
    return items.find(({ path }) => path === program);
  });
  assert.equal(cluster.endpoints, 1);
  const { sightings } = await as(
    z.looseObject({ sightings: z.array(z.looseObject({ endpoint: z.string() })) }),
    'unknown',
    'show',
    cluster.id,
  );
  assert.deepEqual([...new Set(sightings.map(({ endpoint }) => endpoint))], ['gh-tool']);
  await told([
    'unknown',
    'convict',
    cluster.id,
    '--family',
    UNKNOWN_FAMILY,
    '--type',
    'malware',
    '--reason',
    'looked at',
  ]);
}

/** The accused code and the report leave the server, and are proved without it. */
async function handOn(scan: string): Promise<void> {
  const file = join(data, 'case.zip');
  await told(['case', 'export', scan, '--output', file]);
  const folder = join(data, 'case');
  await run('unzip', ['-q', file, '-d', folder]);
  const proved = await as(z.looseObject({ kind: z.string(), files: z.int() }), 'evidence', 'verify', folder);
  assert.deepEqual([proved.kind, proved.files >= 3], ['case', true]);
  const pages = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.html'));
  const html = await readFile(join(folder, pages[0] ?? ''), 'utf8');
  assert.ok(html.includes('gh-infected') && html.includes(FAMILY));
}

test('the article from baseline to retro-hunt', async (context) => {
  if (!(await needsRoot(context))) return;
  const machines = await Promise.all(
    ['gh-clean', 'gh-infected', 'gh-tool'].map((name) => openMachine(name, server.port)),
  );
  context.after(() => Promise.all(machines.map((machine) => machine.close())));
  const [clean, infected, tool] = machines;
  assert.ok(clean !== undefined && infected !== undefined && tool !== undefined);
  assert.equal(new Set(machines.map(({ machineId }) => machineId)).size, 3);
  const sleeper = await buildProgram('sleeper');
  const victims = await Promise.all(machines.map((machine) => machine.launch(sleeper, [])));
  const { secret } = await as(
    z.looseObject({ secret: z.string() }),
    ...['notify', 'add', 'webhook', 'soc', `http://127.0.0.1:${portOf(receiver)}/`],
  );
  await makeBaseline(clean);

  // What the two others have besides: an injected family that is known, in another build, and a tool that nobody knows.
  const payload = await buildPayload('amber', 'fast', 'flat');
  await infected.launch(await buildProgram('ptrace-inject'), [String(victims[1]?.ready.pid), payload, 'thread']);
  const unknown = await buildPayload('basalt', 'plain', 'program');
  await tool.launch(unknown, []);
  const targets = ['gh-clean', 'gh-infected', 'gh-tool', 'gh-silent'];
  const hunt = await as(withId, 'hunts', 'create', 'Q4', ...targets.flatMap((one) => ['--target', one]));
  await Promise.all(machines.map((machine) => scanByKit(machine, hunt.id)));
  const coverage = await until('the end of the scans', 90, async () => {
    const { items } = await server.client.call('listTargets', { params: { id: hunt.id }, query: {} });
    return items.filter(({ state }) => state === 'done').length === 3 ? items : undefined;
  });
  assert.deepEqual(coverage.map(({ name, state, verdict }) => [name, state, verdict]).sort(), [
    ['gh-clean', 'done', 'no_threats'],
    ['gh-infected', 'done', 'malicious'],
    ['gh-silent', 'expected', null],
    ['gh-tool', 'done', 'no_threats'],
  ]);

  const found = await judgedScan('gh-infected');
  const report = await server.client.call('getScanReport', { params: { id: found.id } });
  assert.deepEqual(report.families, [FAMILY]);
  const accused = report.notTrusted.filter(({ verdict }) => verdict === 'malicious');
  assert.deepEqual(
    accused.map(({ processes, layout }) => [processes[0]?.pid, layout]),
    [[victims[1]?.ready.pid, 'raw']],
  );
  assert.ok((await hearThreat('gh-infected', secret)).includes(FAMILY));
  assert.ok(!heard.some(({ body }) => body.includes('threat.found') && /gh-(clean|tool)/.test(body)));

  const before = await judgedScan('gh-tool');
  await convictUnknown(unknown);
  await until('the retro-hunt', 90, async () =>
    (await judgedScan('gh-tool')).verdict === 'malicious' ? true : undefined,
  );
  assert.equal((await judgedScan('gh-tool')).id, before.id, 'the earlier scan, no other');
  assert.ok((await hearThreat('gh-tool', secret)).includes(UNKNOWN_FAMILY));
  const retro = await as(z.looseObject({ items: z.array(withId) }), 'retro', 'list');
  const changes = await Promise.all(retro.items.map(({ id }) => told(['retro', 'show', id])));
  assert.ok(changes.some((one) => JSON.stringify(one).includes(before.id)));

  await told(['hunts', 'close', hunt.id]);
  const missing = await genehound(data, ['hunts', 'targets', hunt.id, '--state', 'missing', '--names']);
  assert.equal(missing.stdout, 'gh-silent\n');
  await handOn(found.id);
});

function portOf(one: HttpServer): number {
  const address = one.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
