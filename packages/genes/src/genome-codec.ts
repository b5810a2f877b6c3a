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
  writer.byte(Math.max(0, INSTRUCTION_SETS.indexOf(genome.instructionSet)));
  for (const value of [genome.scheme, genome.codeBytes, genome.instructions, functions, blocks]) writer.varint(value);
  let last = 0;
  for (let i = 0; i < functions; i++) {
    const rva = genome.functionRva[i] ?? 0;
    writer.varint(rva - last);
    writer.varint(genome.functionSize[i] ?? 0);
    writer.varint(genome.functionInstructions[i] ?? 0);
    writer.uint32(genome.functionHigh[i] ?? 0);
    writer.uint32(genome.functionLow[i] ?? 0);
    last = rva;
  }
  last = 0;
  let lastFunction = 0;
  for (let i = 0; i < blocks; i++) {
    const rva = genome.blockRva[i] ?? 0;
    const index = genome.blockFunction[i] ?? 0;
    writer.varint(rva - last);
    writer.varint(genome.blockSize[i] ?? 0);
    writer.varint(index - lastFunction);
    for (const column of [genome.fuzzyHigh, genome.fuzzyLow, genome.exactHigh, genome.exactLow]) {
      writer.uint32(column[i] ?? 0);
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
    const caller = callCaller[i] ?? 0;
    writer.varint(caller - last);
    writer.varint(callCallee[i] ?? 0);
    last = caller;
  }
}

function readCalls(reader: ByteReader, functions: number): readonly Uint32Array[] {
  const count = reader.varint();
  if (count * 2 > reader.left) reader.failed = true;
  const out = columns(2, reader.failed ? 0 : count);
  let caller = 0;
  for (let i = 0; i < count && !reader.failed; i++) {
    caller += reader.varint();
    const callee = reader.varint();
    if (caller >= functions || callee >= functions) reader.failed = true;
    put(out[0], i, caller);
    put(out[1], i, callee);
  }
  return out;
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
  const f = columns(5, functions);
  const b = columns(7, blocks);
  if (!readFunctions(reader, f, functions) || !readBlocks(reader, b, blocks, functions)) return undefined;
  const [callCaller, callCallee] = version === 1 ? [] : readCalls(reader, functions);
  const problems = decodeProblems(reader);
  if (reader.failed || reader.left !== 0) return undefined;
  const [functionRva, functionSize, functionInstructions, functionHigh, functionLow] = f;
  const [blockRva, blockSize, blockFunction, fuzzyHigh, fuzzyLow, exactHigh, exactLow] = b;
  const none = new Uint32Array(0);
  return {
    scheme,
    instructionSet,
    codeBytes,
    instructions,
    blockRva: blockRva ?? none,
    blockSize: blockSize ?? none,
    blockFunction: blockFunction ?? none,
    fuzzyHigh: fuzzyHigh ?? none,
    fuzzyLow: fuzzyLow ?? none,
    exactHigh: exactHigh ?? none,
    exactLow: exactLow ?? none,
    functionRva: functionRva ?? none,
    functionSize: functionSize ?? none,
    functionInstructions: functionInstructions ?? none,
    functionHigh: functionHigh ?? none,
    functionLow: functionLow ?? none,
    callCaller: callCaller ?? none,
    callCallee: callCallee ?? none,
    problems,
  };
}

function columns(width: number, rows: number): readonly Uint32Array[] {
  return Array.from({ length: width }, () => new Uint32Array(rows));
}

function put(target: Uint32Array | undefined, row: number, value: number): void {
  if (target !== undefined) target[row] = value;
}

function readFunctions(reader: ByteReader, out: readonly Uint32Array[], count: number): boolean {
  let rva = 0;
  for (let i = 0; i < count; i++) {
    rva += reader.varint();
    put(out[0], i, rva);
    put(out[1], i, reader.varint());
    put(out[2], i, reader.varint());
    put(out[3], i, reader.uint32());
    put(out[4], i, reader.uint32());
    if (reader.failed || rva > 0xffff_ffff) return false;
  }
  return true;
}

function readBlocks(reader: ByteReader, out: readonly Uint32Array[], count: number, functions: number): boolean {
  let rva = 0;
  let index = 0;
  for (let i = 0; i < count; i++) {
    rva += reader.varint();
    put(out[0], i, rva);
    put(out[1], i, reader.varint());
    index += reader.varint();
    put(out[2], i, index);
    for (let column = 3; column < 7; column++) put(out[column], i, reader.uint32());
    if (reader.failed || rva > 0xffff_ffff || index >= functions) return false;
  }
  return true;
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
