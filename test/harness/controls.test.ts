import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startDebianPostgres, startEmbeddedPostgres, startJava, startNode, startPython } from './controls.ts';
import { openMachine } from './machine.ts';
import { needsRoot } from './privilege.ts';

test('the negative controls start, and really hold executable memory of their own', async (context) => {
  if (!(await needsRoot(context))) return;
  // No server: nothing here reaches for one.
  const machine = await openMachine('gh-controls', 9);
  context.after(() => machine.close());
  const [node, python, java, embedded, debian] = await Promise.all([
    startNode(machine),
    startPython(machine),
    startJava(machine),
    startEmbeddedPostgres(machine),
    startDebianPostgres(machine),
  ]);
  const executable = async (pid: number | string): Promise<number> => {
    const told = await machine.run('sh', ['-c', `cat /proc/${pid}/maps`]);
    return told.stdout
      .split('\n')
      .filter((line) => /^\S+ \S\Sx\S \S+ 00:0\d \d+ *(\/.*deleted.*|\/memfd.*|\/dev\/zero.*)?$/.test(line)).length;
  };
  for (const one of [node, python, java]) assert.ok((await executable(one.ready.pid)) > 0, `pid ${one.ready.pid}`);
  assert.equal(embedded.compiled, false);
  if (debian !== undefined) assert.equal(debian.compiled, true);
  await Promise.all([embedded.end(), debian?.end()]);
});
