import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { buildPayload } from '../targets/families.ts';
import { buildProgram } from '../targets/programs.ts';
import { openMachine } from './machine.ts';
import { needsRoot } from './privilege.ts';

test('two machines see neither each other nor the host, and both reach the server', async (context) => {
  if (!(await needsRoot(context))) return;
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) =>
      bodies.push(`${request.headers['content-encoding'] ?? 'plain'} ${chunk.length}`),
    );
    request.on('end', () => response.end('{"is_available":true}'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const machines = await Promise.all(['gh-one', 'gh-two'].map((name) => openMachine(name, address.port)));
  context.after(async () => {
    await Promise.all(machines.map((machine) => machine.close()));
    server.close();
  });
  const [one, two] = machines;
  assert.ok(one && two);
  const sleeper = await one.launch(await buildProgram('sleeper'), []);
  const payload = await buildPayload('amber', 'labelled', 'flat');
  const injected = await one.launch(await buildProgram('ptrace-inject'), [
    String(sleeper.ready.pid),
    payload,
    'thread',
  ]);
  assert.equal(injected.ready.victim, sleeper.ready.pid);

  const processes = async (machine: typeof one): Promise<string[]> =>
    (await machine.run('sh', ['-c', 'for p in /proc/[0-9]*; do cat $p/comm; done'])).stdout.trim().split('\n').sort();
  assert.deepEqual(await processes(one), ['cat', 'sh', 'sleeper']);
  assert.deepEqual(await processes(two), ['cat', 'sh']);

  for (const machine of machines) {
    const told = await machine.run('sh', [
      '-c',
      'uname -n; cat /etc/machine-id; ls /tmp /run /var/tmp | wc -l; ip -o addr | wc -l; env | wc -l',
    ]);
    const [name, id] = told.stdout.split('\n');
    assert.deepEqual([name, id, told.code], [machine.name, machine.machineId, 0]);
    machine.network.keep();
    const script =
      'const r = await fetch(process.argv[1], {method: "POST", body: Buffer.from(process.argv[2], "base64"), headers: {"content-encoding": "gzip"}}); console.log(await r.text())';
    const body = gzipSync('canary').toString('base64');
    const asked = await machine.run(process.execPath, [
      '--input-type=module',
      '-e',
      script,
      `${machine.network.url}/x`,
      body,
    ]);
    assert.equal(asked.stdout, '{"is_available":true}\n', asked.stderr);
    assert.deepEqual(
      machine.network.exchanges.map((one) => [one.path, one.status, one.body.toString()]),
      [['/x', 200, 'canary']],
    );
    machine.network.setDown(true);
    const down = await machine.run(process.execPath, [
      '--input-type=module',
      '-e',
      script,
      `${machine.network.url}/x`,
      body,
    ]);
    assert.notEqual(down.code, 0);
  }
  assert.notEqual(one.machineId, two.machineId);
  assert.notEqual(hostname(), one.name);
  assert.equal(bodies.length, 2);
});
