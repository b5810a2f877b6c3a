import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { offlineScans } from './offline-files.ts';

const hash = 'ab'.repeat(32);
const files = (paths: readonly string[]) => paths.map((path) => ({ path }));

test('messages in the order of the protocol, parts by number, samples by layout, of every scan', () => {
  const [parts, ...others] = offlineScans(
    files([
      'out/scan_1/files_info_10.json',
      'out/scan_1/files_info_9.json',
      'out/scan_1/scan_summary.json',
      'out/scan_1/scanner_info.json',
      'out/scan_1/processes_info.json',
      'out/scan_1/host_info.json',
      'out/scan_2/host_info.json',
      'out/scan_2/scanner_info.json',
      `out/files/${hash}.sample`,
      `out/scan_1/fileless/${hash}.sample`,
      `out/evil/${hash}.sample`,
    ]),
  );
  assert.deepEqual(
    parts?.messages.map(({ file }) => file.path),
    ['host_info', 'processes_info', 'files_info_9', 'files_info_10'].map((name) => `out/scan_1/${name}.json`),
  );
  assert.equal(parts?.summary?.path, 'out/scan_1/scan_summary.json');
  assert.equal(parts?.sample('file', hash)?.path, `out/files/${hash}.sample`);
  assert.equal(parts?.sample('raw', hash)?.path, `out/scan_1/fileless/${hash}.sample`);
  assert.equal(parts?.sample('mapped', hash), undefined);
  assert.deepEqual(
    others.map(({ messages, summary, sample }) => [messages.length, summary, sample('file', hash)?.path]),
    [[1, undefined, `out/files/${hash}.sample`]],
  );
  assert.deepEqual(offlineScans(files(['host_info.json'])), []);
});

test('no name of a file makes it throw', () => {
  fc.assert(fc.property(fc.array(fc.string()), (paths) => void offlineScans(files([...paths, 'scanner_info.json']))));
});
