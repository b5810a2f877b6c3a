import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseSearch, reportSearch, scansSearch, signInSearch, stringifySearch } from './search.ts';

describe('addresses', () => {
  it('keep what a page knows and drop the rest', () => {
    const search = reportSearch({ tab: 'jit', process: '4121', show: 'marked', verdict: 'evil', q: '', extra: 1 });
    assert.deepEqual(search, {
      tab: 'jit',
      process: '4121',
      show: 'marked',
      q: undefined,
      artifact: undefined,
      verdict: undefined,
    });
    assert.deepEqual(scansSearch({ verdict: 'malicious', q: { a: 1 } }), { verdict: 'malicious', q: undefined });
  });

  it('lead from sign-in to this console alone', () => {
    assert.equal(signInSearch({ next: '/scans?q=a' }).next, '/scans?q=a');
    for (const next of [
      '//evil.example',
      'https://evil.example',
      '/\\evil.example',
      'javascript:alert(1)',
      '/a\nb',
      '/sign-in',
      7,
    ]) {
      assert.equal(signInSearch({ next }).next, undefined, String(next));
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (next) => {
        const { next: kept } = signInSearch({ next });
        if (kept !== undefined) assert.equal(new URL(kept, 'https://here.example').host, 'here.example');
      }),
    );
  });

  it('are plain, and read as they were written', () => {
    assert.equal(stringifySearch({ tab: 'processes', process: '4121', q: undefined }), '?tab=processes&process=4121');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (q) => {
        assert.equal(parseSearch(stringifySearch({ q }))['q'], q);
      }),
    );
  });

  it('bound what they keep', () => {
    assert.equal(scansSearch({ q: 'x'.repeat(10_000) }).q?.length, 300);
  });
});
