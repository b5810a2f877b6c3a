import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { needsRoot } from '../harness/privilege.ts';

const run = promisify(execFile);
const arena = join(import.meta.dirname, '../arena/run.ts');

test('the arena plants a technique and every tool says what it found', async (context) => {
  if (!(await needsRoot(context))) return;
  const own = 'echoing=echo {pid}';
  const args = ['--only', 'patched-vdso', '--json', '--tool', own];
  const { stdout } = await run(process.execPath, [arena, ...args]);
  const told: { name: string; tools: Record<string, { found: boolean; says: string }> } = JSON.parse(stdout);
  assert.equal(told.name, 'patched-vdso');
  assert.deepEqual(told.tools['genehound scanner'], { found: true, says: 'patched' });
  assert.match(told.tools.echoing?.says ?? '', /^\d+$/);
  // What carries no code of a family has no bytes that a rule could know.
  if (told.tools.yara !== undefined) assert.equal(told.tools.yara.found, false);
});
