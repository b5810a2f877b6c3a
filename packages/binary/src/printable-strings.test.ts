import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { printableStrings } from './printable-strings.ts';

const wide = (text: string): Buffer => Buffer.from(text, 'utf16le');
const values = (bytes: Uint8Array, most = 100) =>
  printableStrings(bytes, most).strings.map((one) => `${one.encoding} ${one.value}`);

describe('printable strings', () => {
  it('of both encodings, at any place, each once', () => {
    const bytes = Buffer.concat([
      Buffer.from('\0short\0long enough\0'),
      Buffer.from([1]),
      wide('A wide one'),
      Buffer.from([0, 0, 7]),
      wide('odd place'),
      Buffer.from('\x01long enough\x80the end'),
    ]);
    assert.deepEqual(values(bytes), [
      'ascii long enough',
      'utf-16le A wide one',
      'utf-16le odd place',
      'ascii the end',
    ]);
    assert.deepEqual(values(Buffer.concat([Buffer.from('x'), wide('directly behind')])), ['utf-16le directly behind']);
  });

  it('stops at the limit and says so, and cuts what is long', () => {
    const bytes = Buffer.from(`first one\0second one\0${'x'.repeat(5000)}`);
    assert.deepEqual([values(bytes, 1), printableStrings(bytes, 1).cut], [['ascii first one'], true]);
    const all = printableStrings(bytes, 3);
    assert.deepEqual([all.cut, all.strings[2]?.value.length], [false, 400]);
  });

  it('finds what is planted in any bytes, in time proportional to them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), (before, after) => {
        const bytes = Buffer.concat([before, Buffer.from('\0\x01planted text\0\x01'), after]);
        const { strings } = printableStrings(bytes, 1000);
        assert.ok(strings.some(({ value }) => value === 'planted text'));
        assert.ok(strings.every(({ value }) => /^[ -~]{6,400}$/.test(value)));
      }),
      { numRuns: 500, seed: 3 },
    );
    const start = process.cpuUsage().user;
    printableStrings(Buffer.alloc(4_000_000, 'ab\0a\0'), 10);
    assert.ok(process.cpuUsage().user - start < 5_000_000);
  });
});
