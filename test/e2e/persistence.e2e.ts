import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { SCAN_MESSAGES } from '@genehound/contract';
import { openMachine } from '../harness/machine.ts';
import { needsRoot } from '../harness/privilege.ts';
import { runScanner, scannerPath } from '../harness/scanner.ts';
import { buildPayload } from '../targets/families.ts';

/** What starts by itself is reported with the hash of what it starts, and no secret of its configuration leaves. */

const PLANTED = {
  '/etc/cron.d/planted': '*/7 * * * * root TOKEN=s3cret-value /var/tmp/implant --quiet\n',
  '/etc/systemd/system/planted.service': '[Service]\nEnvironment=TOKEN=s3cret-value\nExecStart=/var/tmp/implant\n',
  '/etc/systemd/system/planted.timer': '[Timer]\nOnBootSec=1min\n',
  '/etc/profile.d/planted.sh': 'export TOKEN=s3cret-value\n/var/tmp/implant &\n',
};

test('planted autoruns and tasks are reported with the file they start', async (context) => {
  if (!(await needsRoot(context))) return;
  const machine = await openMachine('gh-autoruns', 1);
  context.after(() => machine.close());
  await scannerPath();
  const implant = await buildPayload('amber', 'plain', 'program');
  await machine.run('cp', [implant, '/var/tmp/implant']);
  for (const [path, text] of Object.entries(PLANTED))
    await machine.run('sh', ['-c', 'printf %s "$1" > "$0"', path, text]);
  const { stdout, code } = await runScanner(machine, ['-o', '/var/tmp/out']);
  assert.equal(code, 0, stdout);
  const out = await machine.takeOver('/var/tmp/out');
  const folder = join(out, (await readdir(out)).find((name) => name.startsWith('scan_')) ?? '');
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
  const autoruns = SCAN_MESSAGES.autoruns_info.schema.parse(JSON.parse(await read('autoruns_info.json')));
  const tasks = SCAN_MESSAGES.scheduled_tasks_info.schema.parse(JSON.parse(await read('scheduled_tasks_info.json')));
  const hashes = new Set<string>();
  for (const category of ['cron', 'services']) {
    const [entry] = autoruns.autoruns_info.filter((one) => one.category === category);
    const file = entry?.extracted_files?.['/var/tmp/implant'];
    assert.equal(file?.full_path, '/var/tmp/implant', JSON.stringify(entry));
    hashes.add(file.sha256);
  }
  for (const task of tasks.scheduled_tasks_info) {
    const [action] = task.exec_actions ?? [];
    assert.equal(action?.exec_path, '/var/tmp/implant');
    hashes.add(action.extracted_files?.['/var/tmp/implant']?.sha256 ?? '');
  }
  assert.deepEqual(tasks.scheduled_tasks_info.map((one) => one.when).sort(), ['*/7 * * * *', 'OnBootSec=1min']);
  assert.equal(hashes.size, 1);
  const profile = autoruns.autoruns_info.find((one) => one.entry_path === '/etc/profile.d/planted.sh');
  assert.equal(profile?.category, 'shell_profiles');
  // The program's bytes are offered; those of the script are not.
  const samples = await readdir(join(out, 'files'));
  assert.ok(samples.includes(`${[...hashes][0]}.sample`));
  const script = Object.values(profile?.extracted_files ?? {})[0]?.sha256;
  assert.ok(script !== undefined && !samples.includes(`${script}.sample`));
  for (const name of await readdir(folder)) assert.ok(!(await read(name)).includes('s3cret-value'), name);
});
