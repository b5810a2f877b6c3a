/**
 * What a parser says of a piece of code: its structure, never its meaning.
 * Everything here is plain data, so that it can cross a process boundary.
 */

/** How the bytes lie: a whole file, an image at its RVAs, or bare executable pages. */
export type Layout = 'file' | 'mapped' | 'raw';

export type Format = 'elf' | 'pe' | 'macho' | 'raw';

/** `cil`: methods of a .NET assembly without native code. */
export type InstructionSet = 'x86' | 'x86-64' | 'arm64' | 'cil';

/**
 * A run of executable bytes. `offset` indexes the given bytes; `rva` is the distance from the image base
 * (for raw memory from the first byte). Both in bytes, both below 2^32.
 */
export interface CodeRange {
  readonly offset: number;
  readonly rva: number;
  readonly size: number;
}

/** Something that could not be read or was absurd; `at` is a byte offset where there is one. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly at?: number;
}

/** Where functions are known to start: sorted distinct RVAs; `sizes[i]` is 0 where the source does not say. */
export interface FunctionStarts {
  readonly rvas: Uint32Array;
  readonly sizes: Uint32Array;
}

/** Code of .NET methods without headers, ascending by RVA, not overlapping, inside the bytes. */
export interface CliMethods {
  readonly rvas: Uint32Array;
  /** Index into the given bytes. */
  readonly offsets: Uint32Array;
  readonly sizes: Uint32Array;
}

export interface Image {
  readonly format: Format;
  readonly layout: Layout;
  /** null where the machine field names an instruction set that is not supported. */
  readonly instructionSet: InstructionSet | null;
  /** Neither the bytes nor the caller name the instruction set: it is the usual one, until someone looks at the code. */
  readonly assumed?: true;
  /** Preferred or actual load address of RVA 0, as in the header or as told by the caller. */
  readonly base: bigint;
  readonly entry: number | null;
  /** Executable ranges in ascending order of RVA, not overlapping, inside the bytes. */
  readonly code: readonly CodeRange[];
  /** From unwind tables, symbols, exports and the entry point; empty for raw memory. */
  readonly functions: FunctionStarts;
  /** Methods of a .NET assembly; beside native code where it has both (C++/CLI, ReadyToRun). */
  readonly cli?: CliMethods;
  readonly problems: readonly Problem[];
}
