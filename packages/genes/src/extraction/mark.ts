/** What the first sweep learns of each byte of a code range: bits of one byte per byte of code. */
export const MARK = {
  /** An instruction starts here. */
  start: 1,
  /** Some jump leads here. */
  jumpTarget: 2,
  /** Some call leads here. */
  callTarget: 4,
  /** Unwind tables, symbols or the entry point name a function here. */
  known: 8,
} as const;
