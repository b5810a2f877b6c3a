import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readServerConfig } from '@genehound/server';

/** What docs/deploy hands out is what the programs that read it take. */

const root = join(import.meta.dirname, '..');
const unit = readFileSync(join(root, 'docs/deploy/genehound.service'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'genehound-test-deploy-'));
after(() => rmSync(folder, { recursive: true }));

/** What systemd says against the unit; paths and the user of a real installation are not those of this machine. */
function complaints(text: string): string {
  const file = join(folder, 'genehound.service');
  const here = text
    .replaceAll('/opt/genehound/node_modules/.bin/node', process.execPath)
    .replaceAll('/opt/genehound', root)
    .replace(/^(User|Group)=.*\n/gm, '');
  writeFileSync(file, here);
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
  const own = stderr.split('\n').filter((line) => line.includes('genehound.service'));
  return status === 0 ? own.join('\n') : stderr;
}

test('the systemd unit is understood whole, and a misspelt line would be told', (context) => {
  if (spawnSync('systemd-analyze', ['--version']).status !== 0) return context.skip('systemd-analyze is not here');
  assert.equal(complaints(unit), '');
  assert.match(complaints(unit.replace('ProtectClock=', 'ProtectClok=')), /ProtectClok/);
});

test('the unit sets options that the server has', () => {
  const options = [...unit.matchAll(/^Environment=(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]);
  const config = readServerConfig(Object.fromEntries(options));
  assert.deepEqual([config.data, config.host, config.port], ['/var/lib/genehound/data', '0.0.0.0', 8443]);
});
