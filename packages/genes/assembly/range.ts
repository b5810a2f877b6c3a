// AssemblyScript (https://www.assemblyscript.org), not TypeScript. `scripts/generate.ts` compiles the files of this folder
// as one text, range, sweep, hash, instruction, blocks, behind the constants of `../src`, to `../src/x86/fast-code.gen.ts`.
// They do for common instructions what marks.ts, common-words.ts and block-builder.ts do, to the bit; those say why. Places
// are addresses of the module's memory; what the tables have no row for is asked of `decode` and `step`, the decoder.

/** Length of the instruction at `at` in the low byte, 0 if there is none; `SWEPT_RELATIVE` and `SWEPT_CALL`, its target in `SLOT`. */
declare function decode(at: i32): i32;
/** A `STEP` of the instruction at `at` with the count of its words, which are in `SLOT`, as what else a block needs is. */
declare function step(at: i32): i32;
/** Takes the listed targets of calls: the list is full. */
declare function takeTargets(count: i32): void;
/** Takes the listed blocks and calls: one of the lists is full. */
declare function takeBlocks(blockCount: i32, callCount: i32): void;

/** Of the code range: where its bytes begin and end, how far behind a byte its mark lies. */
let first: i32 = 0;
let last: i32 = 0;
let toMarks: i32 = 0;
let narrow: bool = false;

/** How many rows of the lists are filled. */
let targets: i32 = 0;
let blocks: i32 = 0;
let calls: i32 = 0;
/** Of all blocks. */
export let instructions: i32 = 0;
export let codeBytes: i32 = 0;

/** `size` bytes at `at`, with PADDING zeros behind; their marks from `marks` on. */
export function attach(at: i32, size: i32, marks: i32, isNarrow: bool): void {
  first = at;
  last = at + size;
  toMarks = marks - at;
  narrow = isNarrow;
  targets = blocks = calls = instructions = codeBytes = 0;
}

/** Signed number of 0, 1, 2 or 4 bytes. */
function signed(at: i32, size: i32): i32 {
  const unused = 32 - (size << 3);
  return size === 0 ? 0 : (load<i32>(at) << unused) >> unused;
}
