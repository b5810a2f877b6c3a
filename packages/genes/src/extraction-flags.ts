/**
 * Node arguments for a process whose work is extraction. The decoder's steps are larger than what V8 inlines by
 * default; with these limits one core extracts a fifth more code (`bench/extraction`).
 */
export const EXTRACTION_FLAGS: readonly string[] = [
  '--max-inlined-bytecode-size=1000',
  '--max-inlined-bytecode-size-cumulative=4000',
];
