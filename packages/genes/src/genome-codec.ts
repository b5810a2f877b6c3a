import type { InstructionSet, Problem } from '@genehound/binary';
import { ByteReader, ByteWriter } from './bytes.ts';
import type { Genome } from './genome.ts';

const MAGIC = [0x47, 0x48, 0x47] as const;
/** Version 1 had no call graph. */
const VERSION = 2;
/** Index is the code on disk; never reorder. */
const INSTRUCTION_SETS: readonly (InstructionSet | null)[] = [null, 'x86', 'x86-64', 'arm64', 'cil'];
const MAX_TEXT = 1024;
const MAX_PROBLEMS = 64;

/** Columns of a genome have a cell for every row. */
const cell = (column: Uint32Array, row: number): number => column[row] ?? 0;

/**
 * Compact form for storage: 'GHG' version 2, varints for the header, then per function and per block the distance
 * to the start before as a varint, sizes as varints, hashes as they are. About 22 bytes per block.
 */
export function encodeGenome(genome: Genome): Uint8Array {
  const functions = genome.functionRva.length;
  const blocks = genome.blockRva.length;
  const writer = new ByteWriter(64 + functions * 15 + blocks * 23);
  for (const byte of MAGIC) writer.byte(byte);
  writer.byte(VERSION);
  writer.byte(INSTRUCTION_SETS.indexOf(genome.instructionSet));
  for (const value of [genome.scheme, genome.codeBytes, genome.instructions, functions, blocks]) writer.varint(value);
  let last = 0;
  for (let i = 0; i < functions; i++) {
    const rva = cell(genome.functionRva, i);
    writer.varint(rva - last);
    writer.varint(cell(genome.functionSize, i));
    writer.varint(cell(genome.functionInstructions, i));
    writer.uint32(cell(genome.functionHigh, i));
    writer.uint32(cell(genome.functionLow, i));
    last = rva;
  }
  last = 0;
  let lastFunction = 0;
  for (let i = 0; i < blocks; i++) {
    const rva = cell(genome.blockRva, i);
    const index = cell(genome.blockFunction, i);
    writer.varint(rva - last);
    writer.varint(cell(genome.blockSize, i));
    writer.varint(index - lastFunction);
    for (const column of [genome.fuzzyHigh, genome.fuzzyLow, genome.exactHigh, genome.exactLow]) {
      writer.uint32(cell(column, i));
    }
    last = rva;
    lastFunction = index;
  }
  encodeCalls(genome, writer);
  encodeProblems(genome.problems, writer);
  return writer.finish();
}

/** Per pair the distance to the caller before, and the callee. */
function encodeCalls({ callCaller, callCallee }: Genome, writer: ByteWriter): void {
  writer.varint(callCaller.length);
  let last = 0;
  for (let i = 0; i < callCaller.length; i++) {
    const caller = cell(callCaller, i);
    writer.varint(caller - last);
    writer.varint(cell(callCallee, i));
    last = caller;
  }
}

function readCalls(reader: ByteReader, functions: number): Pick<Genome, 'callCaller' | 'callCallee'> {
  const count = reader.varint();
  if (count * 2 > reader.left) reader.failed = true;
  const rows = reader.failed ? 0 : count;
  const callCaller = new Uint32Array(rows);
  const callCallee = new Uint32Array(rows);
  let caller = 0;
  for (let i = 0; i < rows && !reader.failed; i++) {
    caller += reader.varint();
    const callee = reader.varint();
    if (caller >= functions || callee >= functions) reader.failed = true;
    callCaller[i] = caller;
    callCallee[i] = callee;
  }
  return { callCaller, callCallee };
}

function encodeProblems(problems: readonly Problem[], writer: ByteWriter): void {
  const kept = problems.slice(0, MAX_PROBLEMS);
  writer.varint(kept.length);
  for (const problem of kept) {
    for (const text of [problem.code, problem.message]) {
      const bytes = new TextEncoder().encode(text.slice(0, MAX_TEXT / 4));
      writer.varint(bytes.length);
      for (const byte of bytes) writer.byte(byte);
    }
    // 0 stands for no place.
    writer.varint(problem.at === undefined || problem.at >= 0xffff_ffff ? 0 : problem.at + 1);
  }
}

/** Never throws: undefined for bytes that are no genome. Memory is bounded by the input's size. */
export function decodeGenome(bytes: Uint8Array): Genome | undefined {
  const reader = new ByteReader(bytes);
  for (const byte of MAGIC) if (reader.byte() !== byte) return undefined;
  const version = reader.byte();
  if (version < 1 || version > VERSION) return undefined;
  const instructionSet = INSTRUCTION_SETS[reader.byte()];
  const scheme = reader.varint();
  const codeBytes = reader.varint();
  const instructions = reader.varint();
  const functions = reader.varint();
  const blocks = reader.varint();
  if (reader.failed || instructionSet === undefined || functions * 11 + blocks * 19 > reader.left) return undefined;
  const ofFunctions = readFunctions(reader, functions);
  const ofBlocks = ofFunctions === null ? null : readBlocks(reader, blocks, functions);
  if (ofFunctions === null || ofBlocks === null) return undefined;
  const calls = version === 1 ? NO_CALLS : readCalls(reader, functions);
  const problems = decodeProblems(reader);
  if (reader.failed || reader.left !== 0) return undefined;
  return { scheme, instructionSet, codeBytes, instructions, ...ofBlocks, ...ofFunctions, ...calls, problems };
}

const NO_CALLS = { callCaller: new Uint32Array(0), callCallee: new Uint32Array(0) };

type FunctionColumns = Pick<
  Genome,
  'functionRva' | 'functionSize' | 'functionInstructions' | 'functionHigh' | 'functionLow'
>;
type BlockColumns = Pick<
  Genome,
  'blockRva' | 'blockSize' | 'blockFunction' | 'fuzzyHigh' | 'fuzzyLow' | 'exactHigh' | 'exactLow'
>;

function readFunctions(reader: ByteReader, count: number): FunctionColumns | null {
  const functionRva = new Uint32Array(count);
  const functionSize = new Uint32Array(count);
  const functionInstructions = new Uint32Array(count);
  const functionHigh = new Uint32Array(count);
  const functionLow = new Uint32Array(count);
  let rva = 0;
  for (let i = 0; i < count; i++) {
    rva += reader.varint();
    functionRva[i] = rva;
    functionSize[i] = reader.varint();
    functionInstructions[i] = reader.varint();
    functionHigh[i] = reader.uint32();
    functionLow[i] = reader.uint32();
    if (reader.failed || rva > 0xffff_ffff) return null;
  }
  return { functionRva, functionSize, functionInstructions, functionHigh, functionLow };
}

function readBlocks(reader: ByteReader, count: number, functions: number): BlockColumns | null {
  const blockRva = new Uint32Array(count);
  const blockSize = new Uint32Array(count);
  const blockFunction = new Uint32Array(count);
  const [fuzzyHigh, fuzzyLow] = [new Uint32Array(count), new Uint32Array(count)];
  const [exactHigh, exactLow] = [new Uint32Array(count), new Uint32Array(count)];
  let rva = 0;
  let index = 0;
  for (let i = 0; i < count; i++) {
    rva += reader.varint();
    blockRva[i] = rva;
    blockSize[i] = reader.varint();
    index += reader.varint();
    blockFunction[i] = index;
    fuzzyHigh[i] = reader.uint32();
    fuzzyLow[i] = reader.uint32();
    exactHigh[i] = reader.uint32();
    exactLow[i] = reader.uint32();
    if (reader.failed || rva > 0xffff_ffff || index >= functions) return null;
  }
  return { blockRva, blockSize, blockFunction, fuzzyHigh, fuzzyLow, exactHigh, exactLow };
}

function decodeProblems(reader: ByteReader): readonly Problem[] {
  const problems: Problem[] = [];
  const count = reader.varint();
  if (count > MAX_PROBLEMS) {
    reader.failed = true;
    return problems;
  }
  for (let i = 0; i < count && !reader.failed; i++) {
    const code = readText(reader);
    const message = readText(reader);
    const at = reader.varint();
    problems.push(at === 0 ? { code, message } : { code, message, at: at - 1 });
  }
  return problems;
}

function readText(reader: ByteReader): string {
  const length = reader.varint();
  if (length > MAX_TEXT || length > reader.left) {
    reader.failed = true;
    return '';
  }
  return new TextDecoder().decode(Uint8Array.from({ length }, () => reader.byte()));
}
