import type { Image, Problem } from '@genehound/binary';
import { recogniseCode } from './recognise-code.ts';

/** Below this confidence the genome says that its instruction set is a guess. */
const SURE = 0.75;

export interface Recognised {
  readonly image: Image;
  readonly doubts: readonly Problem[];
}

/** Raw memory says nothing of its instruction set but by its code; x86-64 where that says nothing, too. */
export function recogniseImage(bytes: Uint8Array, image: Image): Recognised {
  const first = image.code[0];
  const last = image.code.at(-1);
  if (first === undefined || last === undefined) return { image, doubts: [] };
  const { instructionSet, confidence } = recogniseCode(bytes.subarray(first.offset, last.offset + last.size));
  const percent = Math.round(confidence * 100);
  if (instructionSet === null) {
    const message = `Nothing in these bytes looks like code (${percent} %); they are read as ${image.instructionSet}`;
    return { image, doubts: [{ code: 'no-code-recognised', message }] };
  }
  const message = `The instruction set is recognised by the code alone, as ${instructionSet} (${percent} %)`;
  const doubts = confidence < SURE ? [{ code: 'unsure-instruction-set', message }] : [];
  return { image: { ...image, instructionSet }, doubts };
}
