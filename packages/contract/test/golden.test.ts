import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  parseJson,
  SCAN_MESSAGES,
  type ScanMessageName,
  scanEnd,
  scannerInfo,
  stringifyJson,
} from '@genehound/contract';

/** Written by the scanner's own tests (`go test ./internal/wire -update`): what Go sends is what the contract reads. */
const golden = new URL('../golden/', import.meta.url);

/** Messages that the scanner of today does not send. */
const UNSENT: readonly ScanMessageName[] = ['scheduled_tasks_info', 'autoruns_info', 'loaded_modules_info'];

const read = (file: string) => readFileSync(new URL(file, golden), 'utf8');
const names = Object.keys(SCAN_MESSAGES) as ScanMessageName[];

for (const name of names.filter((one) => !UNSENT.includes(one))) {
  test(`${name} of the scanner is read whole`, () => {
    const text = read(SCAN_MESSAGES[name].file.replace('{n}', '1'));
    const result = SCAN_MESSAGES[name].schema.safeParse(parseJson(text));
    assert.equal(result.error, undefined);
    // Nothing is dropped and no digit lost: what was read, written again, is what came.
    assert.equal(stringifyJson(result.data), stringifyJson(parseJson(text)));
  });
}

test('beginning and end of a scan are read whole', () => {
  assert.equal(scannerInfo.safeParse(parseJson(read('scanner_info.json'))).error, undefined);
  assert.equal(scanEnd.safeParse(parseJson(read('scan_summary.json'))).error, undefined);
});

test('addresses keep every digit', () => {
  assert.match(stringifyJson(parseJson(read('all_loaded_modules_info.json'))), /18446744073709547520/);
});

test('there is no golden message of an unknown kind', () => {
  const known = new Set([
    'scanner_info.json',
    'scan_summary.json',
    ...names.map((name) => SCAN_MESSAGES[name].file.replace('{n}', '1')),
  ]);
  assert.deepEqual(
    readdirSync(golden).filter((file) => file.endsWith('.json') && !known.has(file)),
    [],
  );
});
