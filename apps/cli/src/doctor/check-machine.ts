import { createHash } from 'node:crypto';
import { access, constants, readFile, stat, statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import type { ServerConfig } from '@genehound/server';
import { z } from 'zod';
import { scannerPath } from '../hunt/run-scanner.ts';
import { canSudo } from '../machine/running-files.ts';
import { type Finding, failed, ok, warning } from './check.ts';

const GIB = 2 ** 30;
/** PostgreSQL, the server and one analysis child beside the machine's own work. */
const LEAST_MEMORY = 2 * GIB;
/** A hunt on one machine takes some hundred megabytes; below this a fleet soon meets the floor. */
const ROOMY_BYTES = 5 * GIB;

const gibibytes = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`;

/** The nearest folder above that exists: where a data directory would be made. */
async function nearest(path: string): Promise<string> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  return isThere || path === dirname(path) ? path : nearest(dirname(path));
}

export async function checkData({ data, minimumFree }: Pick<ServerConfig, 'data'> & { minimumFree: number }) {
  const place = await nearest(data);
  const findings: Finding[] = [];
  const isUsable = await access(place, constants.R_OK | constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  const info = await stat(place);
  if (!info.isDirectory() || !isUsable)
    return [
      failed(
        'data',
        `${place} cannot be written by this user.`,
        'Run it as the owner, or set GENEHOUND_DATA elsewhere.',
      ),
    ];
  if (place !== data) findings.push(ok('data', `${data} is not there yet; the first start makes it.`));
  // Passing through is not looking into: the database's own user may have to, where root runs the server.
  else if ((info.mode & 0o006) !== 0)
    findings.push(warning('data', `Everybody may look into ${data}.`, `chmod o-rw ${data}`));
  else findings.push(ok('data', `${data} is there and writable.`));
  const { bavail, bsize } = await statfs(place);
  const free = bavail * bsize;
  const said = `${gibibytes(free)} are free; uploads are refused below ${gibibytes(minimumFree)}.`;
  if (free < minimumFree) findings.push(failed('disk', said, 'Make room; nothing is taken until then.'));
  else if (free < ROOMY_BYTES) findings.push(warning('disk', said, 'Make room before a fleet is scanned.'));
  else findings.push(ok('disk', said));
  return findings;
}

export function checkMemory(total: number = totalmem()): Finding {
  const said = `This machine has ${gibibytes(total)} of memory.`;
  return total >= LEAST_MEMORY ? ok('memory', said) : warning('memory', said, `Give it ${gibibytes(LEAST_MEMORY)}.`);
}

const builds = z.object({ builds: z.array(z.looseObject({ name: z.string(), sha256: z.string() })) });

/** Is the scanner for this machine built, and as its build wrote it down? */
export async function checkScanner(root: string): Promise<Finding> {
  const next = 'Build it with "node scanner/build.mjs".';
  try {
    const path = scannerPath(root);
    const bytes = await readFile(path);
    const text = await readFile(join(dirname(path), 'scanner-builds.json'), 'utf8');
    const record = builds.parse(JSON.parse(text)).builds.find((one) => path.endsWith(`/${one.name}`));
    const isAsBuilt = record?.sha256 === createHash('sha256').update(bytes).digest('hex');
    return isAsBuilt
      ? ok('scanner', `${path} is as it was built.`)
      : failed('scanner', `${path} is not the file that was built.`, next);
  } catch (error) {
    return failed('scanner', error instanceof Error ? error.message : String(error), next);
  }
}

export async function checkConsole(folder: string): Promise<Finding> {
  const isThere = await access(join(folder, 'index.html')).then(
    () => true,
    () => false,
  );
  return isThere
    ? ok('console', `The console is built in ${folder}.`)
    : warning('console', `The console is not built: ${folder} has no index.html.`, 'Run "npm run hunt" once.');
}

const readNumber = async (path: string): Promise<number | null> =>
  readFile(path, 'utf8').then(
    (text) => Number(text),
    () => null,
  );

/** Whether a scan of this machine may read every process. */
export async function checkPrivileges(uid: number | undefined = process.getuid?.()): Promise<Finding> {
  // Yama's 3 forbids reading other processes to everybody, and cannot be taken back without a restart.
  if ((await readNumber('/proc/sys/kernel/yama/ptrace_scope')) === 3)
    return warning(
      'privileges',
      'The kernel lets nobody read the memory of other processes (kernel.yama.ptrace_scope is 3).',
      'Set it to at most 2 in /etc/sysctl.d and restart, or scan without memory.',
    );
  if (uid === 0) return ok('privileges', 'This is root: a scan reads every process.');
  return (await canSudo(false))
    ? ok('privileges', 'This user may use sudo: a scan reads every process.')
    : warning(
        'privileges',
        'Neither root nor sudo without a password: a scan reads only your own processes.',
        'Use sudo.',
      );
}
