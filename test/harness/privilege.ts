import { execFile } from 'node:child_process';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { HARNESS } from './config.ts';

const run = promisify(execFile);

let prefix: Promise<readonly string[] | undefined> | undefined;

/** What to put before a command that needs root: nothing, `sudo -n`, or undefined where neither will do. */
export function rootPrefix(): Promise<readonly string[] | undefined> {
  prefix ??= findPrefix();
  return prefix;
}

async function findPrefix(): Promise<readonly string[] | undefined> {
  if (process.getuid?.() === 0) return [];
  const sudo = await run('sudo', ['-n', 'true']).then(
    () => true,
    () => false,
  );
  return sudo ? ['sudo', '-n', '--'] : undefined;
}

const SENTENCE =
  'These tests need root for namespaces and for the scanner: run them as root or as a user with password-free sudo';

/** True where root can be had. Else fails in CI and skips the test elsewhere. */
export async function needsRoot(context: TestContext): Promise<boolean> {
  if ((await rootPrefix()) !== undefined) return true;
  if (HARNESS.ci) throw new Error(SENTENCE);
  context.skip(SENTENCE);
  return false;
}

export async function requireRootPrefix(): Promise<readonly string[]> {
  const found = await rootPrefix();
  if (found === undefined) throw new Error(SENTENCE);
  return found;
}
