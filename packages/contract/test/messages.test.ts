import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseJson, SCAN_MESSAGES, type ScanMessageName } from '@genehound/contract';
import fc from 'fast-check';

const names = Object.keys(SCAN_MESSAGES) as ScanMessageName[];

/** The message that a file of an offline directory holds, by the table's own pattern. */
function messageOf(file: string): ScanMessageName | undefined {
  const fits = (pattern: string) =>
    new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '\\d+')}$`).test(file);
  return names.filter((name) => fits(SCAN_MESSAGES[name].file)).at(0);
}

test('no message reads anything but its own form, and none throws', () => {
  for (const name of names) {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (value) => {
        SCAN_MESSAGES[name].schema.safeParse(value);
      }),
      { numRuns: 200 },
    );
    assert.equal(SCAN_MESSAGES[name].schema.safeParse(null).success, false);
  }
});

test('unknown fields are tolerated and kept', () => {
  const read = SCAN_MESSAGES.processes_info.schema.parse({
    processes_info: [{ pid: 1, ppid: 0, process_path: null, brand_new: { a: 1 } }],
    also_new: true,
  });
  assert.deepEqual(read.processes_info[0]?.['brand_new'], { a: 1 });
});

test('what lies is refused with its place', () => {
  const negative = SCAN_MESSAGES.injected_modules_info.schema.safeParse({
    injected_modules_info: [{ base_address: -1, pid: 4 }],
  });
  assert.equal(negative.success, false);
  const long = SCAN_MESSAGES.files_info.schema.safeParse({
    files_info: [{ file_path: 'x'.repeat(100_000), sha256: 'a'.repeat(64) }],
  });
  assert.deepEqual(long.error?.issues[0]?.path, ['files_info', 0, 'file_path']);
  const hash = SCAN_MESSAGES.files_info.schema.safeParse({ files_info: [{ file_path: '/x', sha256: '../../etc' }] });
  assert.equal(hash.success, false);
});

const fixtures = new URL('../../../../shared/fixtures/offline-scan/', import.meta.url);

test('a real offline scan of a Windows machine is read whole', {
  skip: existsSync(fixtures) ? false : 'fixtures are not here',
}, () => {
  let read = 0;
  for (const file of readdirSync(fixtures)) {
    const name = messageOf(file);
    if (name === undefined) continue;
    const result = SCAN_MESSAGES[name].schema.safeParse(parseJson(readFileSync(new URL(file, fixtures), 'utf8')));
    assert.equal(result.success, true, `${file}: ${result.error?.message}`);
    read++;
  }
  assert.ok(read >= 8, `only ${read} files were recognised`);
});
