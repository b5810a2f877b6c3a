import type { CliMethods, Image, Problem } from '@genehound/binary';
import { BlockHasher } from '../extraction/block-hasher.ts';
import type { Draft } from '../extraction/extractor.ts';
import { FunctionTracker } from '../extraction/function-tracker.ts';
import { MethodBuilder } from './method-builder.ts';

/** Methods of a .NET assembly: each is a function, its blocks are genes of the instruction set `cil`. */
export function extractCil(bytes: Uint8Array, image: Image, draft: Draft): readonly Problem[] {
  const methods = image.cli;
  if (methods === undefined) return [];
  const functions = new FunctionTracker('cil', draft, {
    landingBefore: () => 0,
    looksLikeStart: () => false,
  });
  const builder = new MethodBuilder(new BlockHasher('cil', draft), functions);
  let broken = 0;
  for (let i = 0; i < methods.rvas.length; i++) {
    const offset = methods.offsets[i] ?? 0;
    const size = methods.sizes[i] ?? 0;
    const decoded = builder.run(bytes.subarray(offset, offset + size), methods.rvas[i] ?? 0);
    draft.codeBytes += decoded.bytes;
    draft.instructions += decoded.instructions;
    if (decoded.bytes < size) broken++;
  }
  if (broken === 0) return [];
  return [{ code: 'bad-cil', message: `${broken} of ${methods.rvas.length} methods hold bytes that are no CIL` }];
}

/** Bytes of code that the image has as CIL. */
export function cilBytes(methods: CliMethods | undefined): number {
  return methods === undefined ? 0 : methods.sizes.reduce((sum, size) => sum + size, 0);
}
