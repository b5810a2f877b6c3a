/**
 * Node arguments for a process whose work is extraction. The decoder's steps are larger than what V8 inlines by default,
 * and its WebAssembly is worth the better compiler from the first artifact on. A child has a ceiling on its address space
 * (`confinement.ts` of the server), so bounds are checked by instructions, not by pages set aside.
 */
export const EXTRACTION_FLAGS: readonly string[] = [
  '--max-inlined-bytecode-size=1000',
  '--max-inlined-bytecode-size-cumulative=4000',
  '--disable-wasm-trap-handler',
  '--no-liftoff',
];
