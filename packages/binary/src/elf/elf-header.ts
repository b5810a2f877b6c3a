import type { ProblemList } from '../problem-list.ts';
import type { Reader } from '../reader.ts';
import type { InstructionSet } from '../types.ts';

/** Field names and offsets are those of the System V ABI, Elf64_Ehdr and Elf32_Ehdr. */
export interface ElfHeader {
  readonly wide: boolean;
  readonly instructionSet: InstructionSet | null;
  readonly entry: bigint;
  readonly programHeaders: { readonly at: number; readonly entrySize: number; readonly count: number };
  readonly sectionHeaders: { readonly at: number; readonly entrySize: number; readonly count: number };
}

/** Real files have a dozen segments and, without -ffunction-sections leftovers, some dozens of sections. */
const MAX_PROGRAM_HEADERS = 1024;
const MAX_SECTION_HEADERS = 65_536;

const MACHINES: ReadonlyMap<number, InstructionSet> = new Map([
  [3, 'x86'],
  [62, 'x86-64'],
  [183, 'arm64'],
]);

export function readElfHeader(reader: Reader, problems: ProblemList): ElfHeader | null {
  const elfClass = reader.u8(4);
  if (reader.u8(5) !== 1) {
    problems.add('unsupported-byte-order', 'Only little-endian ELF is read', 5);
    return null;
  }
  if ((elfClass !== 1 && elfClass !== 2) || !reader.has(0, elfClass === 2 ? 64 : 52)) {
    problems.add('bad-elf-header', 'The ELF header is cut short or of no known class', 4);
    return null;
  }
  const wide = elfClass === 2;
  const machine = reader.u16(18);
  const claimed = MACHINES.get(machine) ?? null;
  const instructionSet = claimed !== null && wide === (claimed !== 'x86') ? claimed : null;
  if (instructionSet === null) {
    problems.add('unsupported-machine', `ELF machine ${machine} of class ${elfClass} is not supported`, 18);
  }
  const tail = wide ? 54 : 42;
  return {
    wide,
    instructionSet,
    entry: wide ? reader.big(24) : BigInt(reader.u32(24)),
    programHeaders: {
      at: wide ? reader.u64(32) : reader.u32(28),
      entrySize: reader.u16(tail),
      count: bounded(reader.u16(tail + 2), MAX_PROGRAM_HEADERS, 'program headers', problems),
    },
    sectionHeaders: {
      at: wide ? reader.u64(40) : reader.u32(32),
      entrySize: reader.u16(tail + 4),
      count: bounded(reader.u16(tail + 6), MAX_SECTION_HEADERS, 'section headers', problems),
    },
  };
}

function bounded(count: number, limit: number, what: string, problems: ProblemList): number {
  if (count <= limit) return count;
  problems.add('too-many-headers', `${count} ${what}; the first ${limit} are read`);
  return limit;
}
