/** One instruction as text. */
export interface LineText {
  /** Bytes, at least one. */
  readonly size: number;
  readonly text: string;
}

/**
 * Text of the instructions of one instruction set. `at` and `end` are offsets into the bytes, `at` below `end`; `rva` is
 * where the byte at `at` lies, so that targets of branches are RVAs, too. null where no instruction lies wholly inside.
 */
export interface Formatter {
  line(at: number, end: number, rva: number): LineText | null;
  /** Bytes that are no instruction. */
  data(at: number, end: number): LineText;
  free(): void;
}

export const hex = (value: number): string => `0x${value.toString(16)}`;
