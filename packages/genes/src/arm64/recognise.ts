import { a64Decoder } from './extract-arm64.ts';
import { isCoarse } from './spec.ts';

/** Words that are looked at, spread over the bytes: more say nothing new. */
const MOST_WORDS = 1 << 16;
/** Fewer words than this are no basis for a share. */
const LEAST_WORDS = 16;

/**
 * Share of the words, zeros left out, that are A64 instructions, 0 to 1; 0 where there are too few. SVE, SME and UDF do not
 * count: their places in the encoding are too wide. In 4 KiB of Debian code it is above 0.85, in anything else below 0.67:
 * x86-64 code 0.39 at most, unwind tables 0.33, constants 0.66.
 */
export function a64Share(bytes: Uint8Array): number {
  const decoder = a64Decoder();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const step = 4 * Math.max(1, Math.floor(bytes.length / 4 / MOST_WORDS));
  let words = 0;
  let instructions = 0;
  for (let at = 0; at + 4 <= bytes.length; at += step) {
    const word = view.getInt32(at, true);
    if (word === 0) continue;
    words++;
    const form = decoder.formOf(word);
    if (form !== 0 && !isCoarse(decoder.forms[form])) instructions++;
  }
  return words < LEAST_WORDS ? 0 : instructions / words;
}
