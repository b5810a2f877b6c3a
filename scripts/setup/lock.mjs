import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './say.mjs';

const LONGEST_WAIT_MS = 15 * 60 * 1000;

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function take(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
}

function holder(path) {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return 0;
  }
}

/**
 * Runs one set-up of this clone at a time: two `npm ci` side by side destroy each other's node_modules.
 * The file lies outside node_modules, which `npm ci` deletes; one left by a killed process is taken over.
 */
export async function withLock(root, work) {
  const directory = join(root, '.genehound');
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'setup.lock');
  const started = Date.now();
  let told = false;
  while (!take(path)) {
    const pid = holder(path);
    if (pid > 0 && !isAlive(pid)) {
      rmSync(path, { force: true });
      continue;
    }
    if (!told) say(`waiting for another set-up of this clone (process ${pid})`);
    told = true;
    if (Date.now() - started > LONGEST_WAIT_MS)
      throw new Error(`another set-up (process ${pid}) has not ended; delete ${path} if it is none`);
    await sleep(300);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}
