import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseJson, scanReport } from '@genehound/contract';
import { formatScanReport } from './scan-report.ts';
import { colourful, colourless } from './style.ts';

const folder = join(import.meta.dirname, 'golden');

function load(name: string) {
  return scanReport.parse(parseJson(readFileSync(join(folder, `${name}.json`), 'utf8')));
}

for (const name of ['clean', 'infected', 'hostile']) {
  test(`prints the golden report "${name}"`, () => {
    const path = join(folder, `${name}.txt`);
    const text = `${formatScanReport(load(name), colourless)}\n`;
    if (process.env['GENEHOUND_UPDATE_GOLDEN'] === '1') writeFileSync(path, text);
    assert.equal(text, readFileSync(path, 'utf8'));
  });
}

test('a hostile report prints no control character but our newlines, and keeps to a bounded length', () => {
  const text = formatScanReport(load('hostile'), colourless);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is the point
  assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u2028\u200b]/);
  assert.ok(text.length < 30_000, `${text.length}`);
  assert.equal(text.match(/^Verdict /gm)?.length, 1, 'an endpoint cannot write a verdict line of its own');
});

test('colours only decorate: without them the text is the same', () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: our own colour codes
  const stripped = formatScanReport(load('infected'), colourful).replaceAll(/\u001b\[\d+m/g, '');
  assert.equal(stripped, formatScanReport(load('infected'), colourless));
});
