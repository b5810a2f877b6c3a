import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, cp, lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';

/** The script of every Linux kit, with a scanner that only leaves a line; the real one runs in test/e2e/hunts.e2e.ts. */

const SCRIPT = resolve(import.meta.dirname, '../kits/common/scan.sh');
const HUNT = '01234567-89ab-cdef-0123-456789abcdef';
const SCANNER = process.arch === 'arm64' ? 'scanner-linux-arm64' : 'scanner-linux-amd64';

interface Kit {
  readonly folder: string;
  readonly state: string;
  run(...args: readonly string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;
  scans(): Promise<number>;
}

async function makeKit(context: TestContext, exit: number): Promise<Kit> {
  const folder = await mkdtemp(join(tmpdir(), "genehound kit's "));
  context.after(async () => await rm(folder, { recursive: true }));
  const kit = join(folder, 'kit');
  const state = join(folder, 'state');
  const count = join(folder, 'scans');
  await mkdir(kit);
  await cp(SCRIPT, join(kit, 'scan.sh'));
  const scanner = `#!/bin/sh\nprintf x >>"${count}"\nexit ${exit}\n`;
  await writeFile(join(kit, SCANNER), scanner);
  const hash = createHash('sha256').update(scanner).digest('hex');
  await writeFile(join(kit, 'scanners.sha256'), `${hash}  ${SCANNER}\n`);
  await writeFile(join(kit, 'kit.conf'), `KIT_HUNT=${HUNT}\nKIT_JITTER=0\nKIT_EVERY=20\n`);
  await writeFile(join(kit, 'genehound.conf'), 'url = http://127.0.0.1:1\nkey = none\n');
  const run: Kit['run'] = (...args) =>
    new Promise((done) => {
      const environment = { PATH: process.env.PATH, GENEHOUND_STATE: state, TMPDIR: folder };
      execFile('sh', [join(kit, 'scan.sh'), ...args], { env: environment }, (error, stdout, stderr) =>
        done({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });
  return { folder, state, run, scans: async () => (await readFile(count, 'utf8').catch(() => '')).length };
}

test('a complete or incomplete scan is remembered for its hours, a failed one is not', async (context) => {
  for (const [exit, second] of [
    [0, 1],
    [20, 1],
    [30, 2],
  ] as const) {
    const kit = await makeKit(context, exit);
    assert.equal((await kit.run('--now')).code, exit);
    await kit.run('--now');
    assert.equal(await kit.scans(), second);
    await kit.run('--now', '--again');
    assert.equal(await kit.scans(), second + 1);
    assert.deepEqual(await readdir(kit.state), exit === 30 ? [] : [`kit-${HUNT}`]);
    assert.equal((await lstat(kit.state)).mode & 0o077, 0);
  }
});

test('no link calls the scan off, and none is written through', async (context) => {
  const kit = await makeKit(context, 0);
  const victim = join(kit.folder, 'victim');
  await writeFile(victim, 'precious');
  await mkdir(kit.state, { mode: 0o700 });
  await symlink(victim, join(kit.state, `kit-${HUNT}`));
  await kit.run('--now');
  assert.equal(await kit.scans(), 1);
  assert.equal(await readFile(victim, 'utf8'), 'precious');

  const linked = await makeKit(context, 0);
  await mkdir(join(linked.folder, 'elsewhere'));
  await symlink(join(linked.folder, 'elsewhere'), linked.state);
  const refused = await linked.run('--now');
  assert.deepEqual([refused.code, /not a folder of one's own/.test(refused.stderr)], [1, true]);
  assert.deepEqual(await readdir(join(linked.folder, 'elsewhere')), []);
});

test('what a killed run left behind goes; another user may not look in', async (context) => {
  const kit = await makeKit(context, 0);
  await mkdir(join(kit.state, 'run.abcdefgh'), { recursive: true });
  await mkdir(join(kit.state, 'run.ijklmnop'));
  await chmod(kit.state, 0o777);
  const past = new Date(Date.now() - 3 * 86_400_000);
  await utimes(join(kit.state, 'run.abcdefgh'), past, past);
  assert.equal((await kit.run('--now')).code, 0);
  assert.deepEqual((await readdir(kit.state)).sort(), [`kit-${HUNT}`, 'run.ijklmnop']);
  assert.equal((await lstat(kit.state)).mode & 0o077, 0);
});
