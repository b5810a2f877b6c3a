import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { listOfflineScans, readOfflineScan } from '@genehound/intake';
import { openMachine } from '../harness/machine.ts';
import { needsRoot } from '../harness/privilege.ts';
import { runScanner, scannerPath } from '../harness/scanner.ts';

const MAIN = join(import.meta.dirname, '../../apps/cli/src/main.ts');

function genehound(...args: readonly string[]): { readonly status: number | null; readonly stdout: string } {
  const { status, stdout } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
  return { status, stdout };
}

test('a scan sealed on its machine is opened with the key, whole, and by nobody without', async (context) => {
  if (!(await needsRoot(context))) return;
  const machine = await openMachine('gh-sealed', 1);
  context.after(() => machine.close());
  await scannerPath();
  await machine.run('mkdir', ['-p', '/var/tmp/keys']);
  const keys = await machine.takeOver('/var/tmp/keys');
  const key = genehound('key', 'seal', join(keys, 'right')).stdout.trim();
  assert.match(genehound('key', 'seal', join(keys, 'wrong')).stdout, /^age1/);
  const { code, stdout } = await runScanner(machine, ['-o', '/var/tmp/out', '--encrypt-to', key]);
  assert.equal(code, 0, stdout);
  const sealed = await machine.takeOver('/var/tmp/out');
  let files = 0;
  for (const entry of await readdir(sealed, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    files += 1;
    const head = (await readFile(join(entry.parentPath, entry.name))).subarray(0, 22).toString('latin1');
    assert.equal(head, 'age-encryption.org/v1\n', entry.name);
  }
  const asked = createServer((request, response) => {
    request.resume().on('end', () => response.end('{"result":"token"}'));
  });
  await once(asked.listen(0, '127.0.0.1'), 'listening');
  context.after(() => asked.close());
  const { port } = asked.address() as AddressInfo;
  const upload = spawn(process.execPath, [
    MAIN,
    'upload',
    sealed,
    '--url',
    `http://127.0.0.1:${port}`,
    '--key',
    'k'.repeat(40),
  ]);
  let told = '';
  upload.stderr.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  const [status] = await once(upload, 'close');
  assert.equal(status, 1, told);
  assert.match(told, /is sealed\. Name the key that opens it: --sealing-key FILE/);
  const unseal = (name: string): readonly string[] => [
    'unseal',
    sealed,
    '--key',
    join(keys, name),
    '--out',
    join(keys, `by-${name}`),
    '--json',
  ];
  const refused = genehound(...unseal('wrong'));
  assert.deepEqual([refused.status, JSON.parse(refused.stdout).opened], [1, 0]);
  const opened = genehound(...unseal('right'));
  const { problems, ...counted } = JSON.parse(opened.stdout);
  assert.deepEqual([opened.status, counted, problems], [0, { opened: files, present: 0, unsealed: 0 }, []]);
  const [directory] = await listOfflineScans(join(keys, 'by-right'));
  const scan = await readOfflineScan(directory ?? '');
  let messages = 0;
  for await (const message of scan.messages()) messages += message.bytes.length > 0 ? 1 : 0;
  assert.deepEqual([scan.endReason, scan.problems], ['done', []]);
  assert.ok(messages > 5, `${messages} messages`);
});
