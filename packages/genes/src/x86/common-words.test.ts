import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BlockHasher } from '../extraction/block-hasher.ts';
import { createDraft } from '../extraction/extractor.ts';
import { FLOW_KIND } from '../extraction/flow-kind.ts';
import { PADDING } from './byte-table.ts';
import { CommonWords, STEP } from './common-words.ts';
import { Decoder } from './decoder.ts';
import { FLAG, FLOW } from './forms.ts';
import { counts, InstructionWords, isFilling } from './instruction-words.ts';

const SIZE = 32;
const ROUNDS = 400_000;
/** Bytes that common instructions begin with: without them few random ones would. */
const LEADS = [0x66, 0x48, 0x49, 0x4c, 0x41, 0x0f, 0x89, 0x8b, 0x83, 0x81, 0xe8, 0x8d, 0xc7, 0x05, 0x68, 0xd1];

/** Each way reads the same random bytes, in buffers of its own. */
function compare(bits: 32 | 64): { readonly common: number; readonly others: number } {
  const set = bits === 64 ? 'x86-64' : 'x86';
  const decoder = new Decoder(bits);
  const hasher = new BlockHasher(set, createDraft(0));
  const bytes = new Uint8Array(SIZE + PADDING);
  decoder.attach(bytes, SIZE);
  const words = new InstructionWords(decoder, bytes, hasher);
  const commonDecoder = new Decoder(bits);
  const commonHasher = new BlockHasher(set, createDraft(0));
  const commonBytes = new Uint8Array(SIZE + PADDING);
  const commonWords = new CommonWords(commonDecoder, commonBytes, commonHasher);
  let state: number = bits;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state >>> 16;
  };
  const found = { common: 0, others: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < SIZE; i++) bytes[i] = random() & (random() & 64 ? 0xff : 0x87);
    if ((round & 3) !== 0) bytes[0] = LEADS[random() % LEADS.length] ?? 0;
    if ((round & 7) === 5) bytes[1] = LEADS[random() % LEADS.length] ?? 0;
    commonBytes.set(bytes);
    hasher.count = 0;
    commonHasher.count = 0;
    const length = decoder.decode(0);
    if (length === 0) continue;
    const step = commonWords.add(0);
    if (step === 0) {
      assert.deepEqual(commonBytes, bytes, 'nothing was done');
      assert.equal(commonHasher.count, 0);
      found.others++;
      continue;
    }
    found.common++;
    const text = Buffer.from(bytes).toString('hex');
    assert.ok((decoder.flags & FLAG.nothing) === 0 && !(bits === 32 && isFilling(decoder, bytes)), text);
    words.add();
    const flow = FLOW[decoder.form] ?? 0;
    assert.equal(step, length | (flow << STEP.flowShift) | (counts(decoder) ? 1 << STEP.informativeShift : 0), text);
    assert.deepEqual(commonHasher.words.slice(0, commonHasher.count), hasher.words.slice(0, hasher.count), text);
    assert.deepEqual(commonBytes, bytes, text);
    if (flow === FLOW_KIND.call) assert.equal(commonWords.callTarget, words.callTarget, text);
    if (flow === FLOW_KIND.next || flow === FLOW_KIND.call || flow === FLOW_KIND.indirectCall) continue;
    const end = ({ start, form, flags, addressing, immediateSize }: Decoder): readonly number[] => [
      start,
      form,
      flags,
      addressing & 192,
      immediateSize,
    ];
    assert.deepEqual(end(commonDecoder), end(decoder), text);
    if (decoder.immediateSize > 0) assert.equal(commonDecoder.immediateAt, decoder.immediateAt, text);
  }
  return found;
}

describe('CommonWords', () => {
  for (const bits of [32, 64] as const) {
    it(`does what the decoder and InstructionWords do, in ${bits}-bit mode`, (t) => {
      const { common, others } = compare(bits);
      t.diagnostic(`${common} common instructions, ${others} others`);
      assert.ok(common > ROUNDS / 4 && others > 1000);
    });
  }
});
