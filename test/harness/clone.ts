import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Account } from './account.ts';
import { HARNESS } from './config.ts';
import { type OnlineMachine, REPOSITORY } from './machine.ts';

const run = promisify(execFile);

async function asRoot(machine: OnlineMachine, script: string): Promise<void> {
  const told = await machine.run('sh', ['-euc', script]);
  if (told.code !== 0) throw new Error(`${script}: ${told.stderr}`);
}

/**
 * Clones what is committed here into an account's home, as `git clone` gives it to anybody: nothing is installed or
 * built in it. Returns its path inside the machine. What has not been committed is not in it.
 */
export async function freshClone(machine: OnlineMachine, account: Account): Promise<string> {
  await run('git', ['clone', '--quiet', '--depth=1', `file://${REPOSITORY}`, join(machine.varTmp, 'clone')]);
  const inside = `${account.home}/genehound`;
  await asRoot(machine, `mv /var/tmp/clone ${inside} && chown -R ${account.name}: ${inside}`);
  return inside;
}

const CACHES = [
  ['.npm/_cacache', '.npm'],
  ['.cache/go-build', '.cache'],
  ['go/pkg/mod/cache/download', 'go/pkg/mod/cache'],
] as const;

/** Gives an account this harness's download and build caches, so that set-up costs seconds rather than minutes. */
export async function warmCaches(machine: OnlineMachine, account: Account): Promise<void> {
  for (const [cache, parent] of CACHES) {
    const from = join(HARNESS.home, cache);
    const isThere = await stat(from).then(
      () => true,
      () => false,
    );
    if (isThere)
      await asRoot(machine, `mkdir -p ${account.home}/${parent} && cp -r '${from}' ${account.home}/${parent}/`);
  }
  await asRoot(machine, `chown -R ${account.name}: ${account.home}`);
}
