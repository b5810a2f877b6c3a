/**
 * Where the tables and lists of the WebAssembly module lie in its memory, in bytes, and how its rows are read:
 * `assembly/x86.ts` is compiled with these constants.
 */
export const FAST = {
  /** Rows of two words, by `COMMON_TRAITS`' index: traits, token. */
  COMMON_TABLE: 0x400,
  /** Mnemonic hash of a relative jump, by a sixteenth of that index. */
  JUMPS: 0x8_0400,
  MODRM: 0x8_4400,
  LIGHT_TABLE: 0x8_4800,
  /** First states of the fuzzy and the exact hash. */
  SEEDS: 0x8_5400,
  /** Answers of `decode` and `step`: target, mnemonic of a relative jump or 0, 1 if opaque; then the words. */
  SLOT: 0x8_5440,
  SLOT_WORDS: 0x8_5450,
  /** Fuzzy words that wait. */
  WORDS: 0x8_5800,
  /** A pointer to the next word that is above this has no room for another instruction. */
  WORDS_FULL: 0x8_97e0,
  /** Where calls lead: of the first sweep, and of the blocks that are listed. */
  TARGETS: 0x8_9800,
  TARGET_ROWS: 4096,
  CALLS: 0x8_d800,
  CALL_ROWS: 4096,
  /** Words of a row: from, next, flags, start, end, instructions, target, calls so far, exact state, fuzzy gene, exact gene. */
  BLOCKS: 0x9_1800,
  BLOCK_ROWS: 512,
  BLOCK_WIDTH: 64,
  /** The range's code, then its marks. */
  CODE: 0xa_0000,
} as const;

/** Above a length: the first sweep has met a branch, a call. */
export const SWEPT = { relative: 1 << 8, call: 1 << 9 } as const;

/** Bits of a block's third word. */
export const BLOCK = {
  endsPath: 1,
  opens: 2,
  hasCode: 4,
  keep: 8,
  gene: 16,
  opaque: 32,
  passedKnown: 64,
  /** From here on its `FLOW_KIND`. */
  flowShift: 8,
} as const;

/** Above a `STEP`: how many words the decoder found. */
export const WORDS_SHIFT = 12;
