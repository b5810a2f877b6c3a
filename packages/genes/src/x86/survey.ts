import type { Image } from '@genehound/binary';
import { Decoder } from './decoder.ts';
import { BITS, prepareSweep } from './extract-x86.ts';
import { fastCode } from './fast-code.ts';
import { resynchronise, sweepLinearly } from './marks.ts';

/** What the first sweep finds in the code, without genes. Counts over all ranges. */
export interface Survey {
  readonly instructions: number;
  /** Distinct places in the code that direct calls lead to. */
  readonly callTargets: number;
}

/** Finds instructions and where branches lead: the discovery half of extraction. Only x86; else all zeros. */
export function surveyCode(bytes: Uint8Array, image: Image): Survey {
  let instructions = 0;
  let callTargets = 0;
  const bits = BITS[image.instructionSet ?? 'arm64'];
  if (bits === undefined) return { instructions, callTargets };
  const decoder = new Decoder(bits);
  for (const range of image.code) {
    const fast = fastCode(range.size);
    const sweep = fast?.attach(bytes, range, decoder) ?? prepareSweep(bytes, range, decoder);
    if (fast === null) {
      instructions += sweepLinearly(sweep);
      resynchronise(sweep);
    } else instructions += fast.sweep();
    callTargets += sweep.callTargets.rows;
  }
  return { instructions, callTargets };
}
