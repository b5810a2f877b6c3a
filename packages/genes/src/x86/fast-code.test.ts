import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Image, type InstructionSet, parseImage } from '@genehound/binary';
import fc from 'fast-check';
import type { Columns } from '../columns.ts';
import { createDraft, type Draft } from '../extraction/extractor.ts';
import { extractX86, extractX86Plainly } from './extract-x86.ts';
import { fastCode } from './fast-code.ts';
import { FAST } from './fast-layout.ts';

const BOTH: readonly InstructionSet[] = ['x86-64', 'x86'];

const rows = (columns: Columns): Uint32Array[] =>
  Array.from({ length: columns.width }, (_, index) => columns.column(index));
const all = (draft: Draft) => [
  draft.codeBytes,
  draft.instructions,
  ...[draft.blocks, draft.functions, draft.calls].map(rows),
];

function assertSame(bytes: Uint8Array, image: Image): Draft {
  const fast = createDraft(0, true);
  const plain = createDraft(0, true);
  extractX86(bytes, image, fast);
  extractX86Plainly(bytes, image, plain);
  assert.deepEqual(all(fast), all(plain));
  return fast;
}

/** The code in pieces with functions named in them, so that ranges follow one another in one instance. */
function inPieces(bytes: Uint8Array, instructionSet: InstructionSet, pieces: number): Image {
  const size = Math.ceil(bytes.length / pieces);
  const offsets = Array.from({ length: pieces }, (_, i) => i * size).filter((offset) => offset < bytes.length);
  return {
    ...parseImage(bytes, 'raw', { instructionSet }),
    code: offsets.map((offset) => ({ offset, rva: 3 * offset, size: Math.min(size, bytes.length - offset) })),
    functions: {
      rvas: Uint32Array.from(offsets.flatMap((offset) => [3 * offset, 3 * offset + 17])),
      sizes: Uint32Array.from(offsets.flatMap(() => [0, 40])),
    },
  };
}

/** Code that exercises what random bytes hardly have. */
function repeated(count: number, ...code: readonly number[]): Uint8Array {
  return Uint8Array.from({ length: count * code.length }, (_, i) => code[i % code.length] ?? 0);
}

describe('WebAssembly', () => {
  before(() => assert.notEqual(fastCode(1), null, 'this Node has no WebAssembly'));

  it('is what its source compiles to', () => {
    const script = fileURLToPath(new URL('../../scripts/generate.ts', import.meta.url));
    execFileSync(process.execPath, [script, '--check'], { stdio: 'pipe' });
  });

  it('finds what TypeScript finds, in random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600, size: 'max' }), fc.integer({ min: 1, max: 4 }), (bytes, pieces) => {
        for (const set of BOTH) assertSame(bytes, inPieces(bytes, set, pieces));
      }),
      { numRuns: 400 },
    );
  });

  it('finds what TypeScript finds, in real code, whole and with bytes changed', () => {
    const path = ['/usr/bin/bash', '/bin/sh', process.execPath].find(existsSync) ?? process.execPath;
    const file = new Uint8Array(readFileSync(path).subarray(0, 2_000_000));
    const whole = assertSame(file, parseImage(file, 'file'));
    assert.ok(whole.blocks.rows > 500);
    let state = 7;
    for (let round = 0; round < 12; round++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      const from = (state >>> 8) % (file.length - 50_000);
      const code = file.slice(from, from + 50_000);
      for (let i = 0; i < 20 * round; i++) {
        state = (Math.imul(state, 1664525) + 1013904223) | 0;
        code[(state >>> 8) % code.length] = state >>> 24;
      }
      for (const set of BOTH) assertSame(code, inPieces(code, set, 1 + (round % 3)));
    }
  });

  it('loses nothing where its lists are full', () => {
    const block = repeated(1, ...Array.from({ length: 8 }, () => [0x48, 0x89, 0xc3]).flat(), 0xc3);
    const manyBlocks = repeated(3 * FAST.BLOCK_ROWS, ...block);
    assert.equal(assertSame(manyBlocks, inPieces(manyBlocks, 'x86-64', 1)).blocks.rows, 3 * FAST.BLOCK_ROWS);
    // Calls of one block, each to a place of its own behind it.
    const count = 2 * FAST.CALL_ROWS + 5;
    const calls = new Uint8Array(7 * count);
    const view = new DataView(calls.buffer);
    for (let i = 0; i < count; i++) {
      calls[5 * i] = 0xe8;
      view.setInt32(5 * i + 1, 5 * count + 2 * i - 5 * i - 5, true);
      calls.set([0x31, 0xc0], 5 * count + 2 * i);
    }
    assert.ok(assertSame(calls, inPieces(calls, 'x86-64', 1)).calls.rows > FAST.CALL_ROWS);
    // Words of one block: more than wait at once, with padding in between that moves the code.
    const words = repeated(3 * FAST.CALL_ROWS, 0xc7, 0x43, 0x04, 1, 2, 3, 4, 0x90, 0x83, 0xc0, 0x07);
    words.set([0xc3], words.length - 1);
    words.set([0x90, 0x90], words.length - 3);
    for (const set of BOTH) assert.equal(assertSame(words, inPieces(words, set, 1)).blocks.rows, 1);
  });

  it('takes ranges of any size, and an empty one', () => {
    for (const size of [0, 1, 15, 4096, 2 ** 20 + 1, 2 ** 24 + 1]) {
      const bytes = new Uint8Array(size);
      bytes.fill(0x90, Math.max(0, size - 10));
      assertSame(bytes, inPieces(bytes, 'x86-64', 1));
    }
    assert.equal(fastCode(2 ** 31), null);
  });
});
