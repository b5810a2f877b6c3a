import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { align, stretches } from './align.ts';

const lines = (...texts: readonly string[]) => texts.map((text) => ({ text }));

describe('instructions side by side', () => {
  it('marks what is the same, what differs and what stands alone', () => {
    const pairs = align(
      lines('push rbp', 'mov rbp, rsp', 'call 0x10', 'ret'),
      lines('push rbp', 'nop', 'mov rbp, rsp', 'call 0x99', 'ret'),
    );
    assert.deepEqual(
      pairs.map(({ here, there, how }) => [here?.text ?? '', there?.text ?? '', how]),
      [
        ['push rbp', 'push rbp', 'same'],
        ['', 'nop', 'alone'],
        ['mov rbp, rsp', 'mov rbp, rsp', 'same'],
        ['call 0x10', 'call 0x99', 'differs'],
        ['ret', 'ret', 'same'],
      ],
    );
  });

  it('leaves no line out and keeps the order of both sides, however long', () => {
    const side = fc.array(fc.constantFrom('mov a', 'mov b', 'add a', 'ret', ''), { maxLength: 60 });
    const long = fc.constantFrom(0, 401).map((n) => Array.from({ length: n }, (_, at) => `mov ${at}`));
    fc.assert(
      fc.property(fc.oneof(side, long), side, (here, there) => {
        const pairs = align(lines(...here), lines(...there));
        assert.deepEqual(
          pairs.flatMap((pair) => pair.here?.text ?? []),
          here,
        );
        assert.deepEqual(
          pairs.flatMap((pair) => pair.there?.text ?? []),
          there,
        );
        for (const { here: left, there: right, how } of pairs) {
          assert.ok(left !== null || right !== null);
          assert.equal(how === 'same', left !== null && left.text === right?.text);
        }
      }),
    );
  });

  it('puts the counterpart of a block where it first is, once', () => {
    const own = [
      { text: 'mov a', block: 0 },
      { text: 'int3', block: null },
      { text: 'ret', block: 1 },
      { text: 'mov b', block: 0 },
    ];
    const found = stretches(own, (block) => (block === 0 ? lines('mov a') : []));
    assert.deepEqual(
      found.map(({ block, pairs }) => [block, pairs.map(({ how }) => how)]),
      [
        [0, ['same']],
        [null, ['alone']],
        [1, ['alone']],
        [0, ['alone']],
      ],
    );
  });
});
