import assert from 'node:assert/strict';
import { test } from 'node:test';
import { neededOf, ruleNameOf, sequenceOf, vaccineText } from './vaccine-rule.ts';

/** Lines as the disassembler shows them: a distance from the instruction is written as the place that it leads to. */
const lines = (...rows: readonly (readonly [rva: number, bytes: string, text: string])[]) =>
  rows.map(([rva, bytes, text]) => ({ rva, size: bytes.length / 2, bytes, text, mark: null }));

test('what a linker decides is open: distances to data and code, addresses; what a programmer wrote is not', () => {
  const sequence = sequenceOf(
    lines(
      [0x1090, '4c8d2d6d0f0000', 'lea r13, [0x2004]'],
      [0x1097, 'ff158f2e0000', 'call qword ptr [0x3f2c]'],
      [0x109d, 'c7053412000078000000', 'mov dword ptr [0x22db], 0x78'],
      [0x10a7, 'be40000000', 'mov esi, 0x40'],
      [0x10ac, '488d3d45ffffff', 'lea rdi, [0xff8]'],
      [0x10b3, 'e800000000', 'call 0x10b8'],
      [0x10b8, '4883ec48', 'sub rsp, 0x48'],
    ),
    'x86-64',
  );
  assert.equal(
    sequence?.join(''),
    '4c8d2d????????ff15????????c705????????78000000be40000000488d3d????????e8????????4883ec48',
  );
});

test('any name is a name in the rule, and most of at least three sequences must be there', () => {
  const hostile = 'a" }\nrule evil { condition: true }\n//\\';
  const set = { sha256: 'a'.repeat(64), layout: 'file', sequences: [['00'], ['01'], ['02']] } as const;
  const text = vaccineText(ruleNameOf(hostile), hostile, [set]);
  assert.equal(text.match(/^rule /gm)?.length, 1);
  assert.equal(text.match(/"/g)?.length, 6, 'three strings of the description are closed');
  assert.match(text, /\n {4}3 of \(\$s0_\*\)\n}/);
  assert.deepEqual([3, 4, 5, 6, 12].map(neededOf), [3, 3, 3, 4, 8]);
});
