import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { escaped, markup } from './markup.ts';

test('hostile text is text: no markup, no hidden or turned characters', () => {
  const hostile = `<img src=x onerror="alert('1')">&\u202egpj.exe\u0000\u200b`;
  assert.equal(
    escaped(hostile),
    '&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;\\u{202e}gpj.exe\\u{0}\\u{200b}',
  );
  assert.equal(markup`<b>${hostile}</b>`.html, `<b>${escaped(hostile)}</b>`);
  assert.equal(
    markup`<ul>${['<', '>'].map((one) => markup`<li>${one}</li>`)}</ul>`.html,
    '<ul><li>&lt;</li><li>&gt;</li></ul>',
  );
  assert.equal(
    markup`<td>${null}</td><td>${''}</td>`.html,
    '<td>–</td><td></td>',
    'what is not known is seen to be so',
  );
});

test('any text: what is between the tags holds no mark of HTML', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      assert.doesNotMatch(escaped(text), /[<>"'\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
    }),
  );
});
