import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { safeText } from './escape.ts';

test('what would move the cursor, recolour or turn the text is shown instead', () => {
  assert.equal(safeText('a\u001b[2Jb'), 'a\\x1b[2Jb');
  assert.equal(safeText('line\nline\ttab\r'), 'line\\nline\\ttab\\x0d');
  assert.equal(safeText('evil\u202egpj.exe'), 'evil\\u{202e}gpj.exe');
  assert.equal(safeText('\u009b31m'), '\\x9b31m');
  assert.equal(safeText('zero\u200bwidth\ufeff'), 'zero\\u{200b}width\\u{feff}');
  assert.equal(safeText('\ud800x'), '\\u{d800}x');
  assert.equal(safeText('tag\u{e0041}'), 'tag\\u{e0041}');
});

test('ordinary text of any language stays as it is', () => {
  for (const text of ['/usr/bin/bash', 'Grüße', '日本語', 'עברית', '👍']) assert.equal(safeText(text), text);
});

test('length is bounded, visibly', () => {
  const long = safeText('x'.repeat(1_000_000));
  assert.ok(long.length < 450);
  assert.match(long, /…\[999630 more\]…/);
  assert.equal(safeText('abcdef', 4), 'abc…');
});

test('property: never a control character, never more than a bounded multiple of the limit', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), fc.integer({ min: 2, max: 600 }), (text, longest) => {
      const safe = safeText(text, longest);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is the point
      assert.doesNotMatch(safe, /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      assert.ok(safe.length <= longest * 9 + 40);
    }),
  );
});
