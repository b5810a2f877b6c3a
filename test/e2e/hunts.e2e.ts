import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFile, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { type Finished, type Machine, openMachine } from '../harness/machine.ts';
import { needsRoot, rootPrefix } from '../harness/privilege.ts';
import { scannerPath } from '../harness/scanner.ts';
import { genehound, makeDataDirectory, type Server, startServer } from '../harness/server.ts';
import { until } from '../harness/until.ts';

/** A hunt as operators roll it out: kits made by the command line, run inside machines by their own tools. */

const run = promisify(execFile);

let server: Server;
let data = '';
let remove: () => Promise<void> = async () => undefined;

before(async () => {
  if ((await rootPrefix()) === undefined) return;
  const made = await makeDataDirectory();
  remove = made.remove;
  data = made.path;
  [server] = await Promise.all([startServer(data), scannerPath()]);
});
after(async () => {
  await server?.stop();
  await remove();
});

async function told(args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const ended = await genehound(data, [...args, '--json']);
  assert.equal(ended.code, 0, ended.stderr);
  return JSON.parse(ended.stdout);
}

/** Where the scripts remember scans: the host's /var/lib is the machine's too, and no place for a test's. */
const STATE = { GENEHOUND_STATE: '/var/tmp/state' };
const environment = STATE;

const createHunt = async (name: string, targets: readonly string[]): Promise<string> =>
  String((await told(['hunts', 'create', name, ...targets.flatMap((one) => ['--target', one])])).id);

/** The kit of a hunt, unpacked in a machine's /var/tmp. */
async function unpackKit(machine: Machine, hunt: string, tool: string, more: readonly string[] = []): Promise<string> {
  const folder = join(machine.varTmp, tool);
  await mkdir(folder);
  const zip = join(folder, 'kit.zip');
  await told(['hunts', 'kit', hunt, '--tool', tool, '--address', machine.network.url, '-o', zip, ...more]);
  assert.equal((await stat(zip)).mode & 0o077, 0, 'it holds a key');
  await run('unzip', ['-q', zip, '-d', folder]);
  return `/var/tmp/${tool}/genehound-kit`;
}

async function stateOf(hunt: string): Promise<Readonly<Record<string, string>>> {
  const { client } = server;
  const list = async () => (await client.call('listTargets', { params: { id: hunt }, query: {} })).items;
  await until('the end of the scans', 60, async () =>
    (await list()).some(({ state }) => state === 'running') ? undefined : true,
  );
  return Object.fromEntries((await list()).map(({ name, state }) => [name, state]));
}

async function assertNoKey(machine: Machine, kit: string, finished: Finished): Promise<void> {
  const conf = await readFile(join(machine.varTmp, kit.replace('/var/tmp/', ''), 'genehound.conf'), 'utf8');
  const key = /^key = (\S+)$/m.exec(conf)?.[1] ?? '';
  assert.match(key, /^[0-9a-f-]{36}$/);
  assert.ok(!`${finished.stdout}${finished.stderr}`.includes(key), 'the key is in no output');
}

test('the kit of scripts: verified, once in its hours, nothing left behind', async (context) => {
  if (!(await needsRoot(context))) return;
  const machine = await openMachine('gh-kit', server.port);
  context.after(() => machine.close());
  const hunt = await createHunt('by script', ['gh-kit', 'gh-absent']);
  const kit = await unpackKit(machine, hunt, 'scripts');
  assert.deepEqual(await stateOf(hunt), { 'gh-kit': 'expected', 'gh-absent': 'expected' });
  const first = await machine.run('sh', [`${kit}/scan.sh`, '--now'], { environment });
  assert.equal(first.code, 0, first.stderr);
  await assertNoKey(machine, kit, first);
  assert.deepEqual(await stateOf(hunt), { 'gh-kit': 'done', 'gh-absent': 'expected' });
  const second = await machine.run('sh', [`${kit}/scan.sh`, '--now'], { environment });
  assert.deepEqual([second.code, second.stdout.includes('within the last')], [0, true]);
  assert.deepEqual((await readdir(machine.varTmp)).sort(), ['scripts', 'state']);
  const state = await readdir(await machine.takeOver('/var/tmp/state'));
  assert.deepEqual(state, [`kit-${hunt}`], 'but for the mark of the last scan');
  await machine.run('chown', ['-R', '0:0', '/var/tmp/state']);
  const again = await machine.run('sh', [`${kit}/scan.sh`, '--now', '--again'], { environment });
  assert.equal(again.code, 0, again.stderr);
  assert.equal((await stateOf(hunt))['gh-kit'], 'conflicting');

  await appendFile(join(machine.varTmp, 'scripts/genehound-kit/scanner-linux-amd64'), 'x');
  const changed = await machine.run('sh', [`${kit}/scan.sh`, '--now', '--again'], { environment });
  assert.deepEqual([changed.code, /nothing was run/.test(changed.stderr)], [5, true]);
  const closed = await told(['hunts', 'close', hunt]);
  assert.ok(closed.closedAt !== null);
  assert.equal((await stateOf(hunt))['gh-absent'], 'missing');
  const names = await genehound(data, ['hunts', 'targets', hunt, '--state', 'missing', '--names']);
  assert.equal(names.stdout, 'gh-absent\n');
});

test('a kit without the scanner downloads it with its own key', async (context) => {
  if (!(await needsRoot(context))) return;
  const machine = await openMachine('gh-download', server.port);
  context.after(() => machine.close());
  const hunt = await createHunt('by download', ['gh-download']);
  const kit = await unpackKit(machine, hunt, 'scripts', ['--download']);
  const scanned = await machine.run('sh', [`${kit}/scan.sh`, '--now'], { environment });
  assert.equal(scanned.code, 0, scanned.stderr);
  await assertNoKey(machine, kit, scanned);
  assert.deepEqual(await stateOf(hunt), { 'gh-download': 'done' });
  await told(['hunts', 'close', hunt]);
  const over = await machine.run('sh', [`${kit}/scan.sh`, '--now', '--again'], { environment });
  assert.equal(over.code, 30, 'the key has ended with the hunt');
});

test('Ansible and Puppet run their kits, and run them again without a second scan', async (context) => {
  if (!(await needsRoot(context))) return;
  const machine = await openMachine('gh-managed', server.port);
  context.after(() => machine.close());
  await context.test('Ansible', async () => {
    const hunt = await createHunt('by Ansible', ['gh-managed']);
    const kit = await unpackKit(machine, hunt, 'ansible');
    const play = ['-i', 'localhost,', '-c', 'local', `${kit}/genehound.yml`, '-v'];
    const environment = { ...STATE, ANSIBLE_LOCAL_TEMP: '/var/tmp/a', ANSIBLE_REMOTE_TEMP: '/var/tmp/b' };
    const first = await machine.run('ansible-playbook', play, { environment });
    assert.equal(first.code, 0, first.stdout + first.stderr);
    assert.match(first.stdout, /changed=1 .*failed=0/);
    await assertNoKey(machine, kit, first);
    const second = await machine.run('ansible-playbook', play, { environment });
    assert.match(second.stdout, /changed=0 .*failed=0/, second.stdout);
    assert.deepEqual(await stateOf(hunt), { 'gh-managed': 'done' });
  });
  await context.test('Puppet', async () => {
    const hunt = await createHunt('by Puppet', ['gh-managed']);
    const kit = await unpackKit(machine, hunt, 'puppet');
    const module = '/var/tmp/modules/genehound';
    const made = await machine.run('sh', [
      '-c',
      `mkdir -p ${module}/files ${module}/manifests && cp ${kit}/genehound.pp ${module}/manifests/init.pp && cp -r ${kit} ${module}/files/kit`,
    ]);
    assert.equal(made.code, 0, made.stderr);
    const apply = [
      'apply',
      '--modulepath',
      '/var/tmp/modules',
      '--vardir',
      '/var/tmp/puppet',
      '--confdir',
      '/var/tmp/puppet/etc',
      '-e',
      "class { 'genehound': kit => '/var/tmp/managed' }",
    ];
    const first = await machine.run('puppet', [...apply, '--detailed-exitcodes'], { environment });
    assert.equal(first.code, 2, first.stdout + first.stderr);
    await assertNoKey(machine, kit, first);
    assert.deepEqual(await stateOf(hunt), { 'gh-managed': 'done' });
    const second = await machine.run('puppet', apply, { environment });
    assert.equal(second.code, 0, second.stdout + second.stderr);
    assert.deepEqual(await stateOf(hunt), { 'gh-managed': 'done' });
  });
});
