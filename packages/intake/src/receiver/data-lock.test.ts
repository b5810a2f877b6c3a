import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { lockDataDirectory } from './data-lock.ts';

let directory = '';
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'genehound-lock-'));
});
after(async () => await rm(directory, { recursive: true, force: true }));

const PROGRAM = `
  const { lockDataDirectory } = await import(process.argv[1]);
  await lockDataDirectory(process.argv[2], 'server');
  process.stdout.write('locked');
  process.stdin.resume();
`;

/** Another process that holds the lock until it is killed. */
async function holder(data: string) {
  const module = new URL('./data-lock.ts', import.meta.url).href;
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, module, data], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

test('a second server is refused in one sentence that names the first', async () => {
  const child = await holder(directory);
  await assert.rejects(lockDataDirectory(directory, 'server'), (error) => {
    assert.ok(error instanceof Error);
    assert.equal(error.message.includes(`(process ${child.pid})`), true, error.message);
    assert.equal(error.message.includes('\n'), false);
    return true;
  });
  child.kill('SIGKILL');
  await once(child, 'exit');
});

test('kill -9 of the holder frees the lock at once', async () => {
  const child = await holder(directory);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const lock = await lockDataDirectory(directory, 'server');
  lock.release();
});

test('the lock is released and taken again', async () => {
  const first = await lockDataDirectory(directory, 'server');
  first.release();
  const second = await lockDataDirectory(directory, 'server');
  second.release();
});
