import type { Image } from '@genehound/binary';
import { extractGenome } from '../extract-genome.ts';
import { Decoder } from './decoder.ts';
import { BITS, prepareSweep } from './extract-x86.ts';
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
    const sweep = prepareSweep(bytes, range, decoder);
    instructions += sweepLinearly(sweep);
    resynchronise(sweep);
    callTargets += sweep.callTargets.rows;
  }
  return { instructions, callTargets };
}

/**
 * Where functions begin: those that tables name, those that calls lead to, and those of the genome, which adds what begins
 * behind the end of another. Distinct RVAs, ascending. Only x86; else what the tables name.
 */
export function discoverFunctions(bytes: Uint8Array, image: Image): Uint32Array {
  const found = new Set<number>(image.functions.rvas);
  const bits = BITS[image.instructionSet ?? 'arm64'];
  if (bits === undefined) return Uint32Array.from(found).sort();
  for (const rva of extractGenome(bytes, image).functionRva) found.add(rva);
  const decoder = new Decoder(bits);
  for (const range of image.code) {
    const sweep = prepareSweep(bytes, range, decoder);
    sweepLinearly(sweep);
    resynchronise(sweep);
    for (const target of sweep.callTargets.column(0)) found.add(range.rva + target);
  }
  return Uint32Array.from(found).sort();
}
