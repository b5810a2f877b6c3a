import type { ProblemList } from '../problem-list.ts';
import type { Reader } from '../reader.ts';
import type { InstructionSet, Layout } from '../types.ts';

/** Machine field of the COFF header (PE format, "Machine Types"). */
const MACHINES: ReadonlyMap<number, InstructionSet> = new Map([
  [0x14c, 'x86'],
  [0x8664, 'x86-64'],
  [0xaa64, 'arm64'],
]);

const PE32_PLUS = 0x20b;
/** The Windows loader refuses more than 96. */
const MAX_SECTIONS = 96;
const SCN_MEM_EXECUTE = 0x2000_0000;
const SCN_MEM_WRITE = 0x8000_0000;

/** Numbers of data directories (PE format, "Optional Header Data Directories"). */
export const DIRECTORY = { export: 0, resource: 2, exception: 3, relocation: 5, tls: 9, cli: 14 } as const;

/** Sizes in bytes. */
interface Section {
  readonly name: string;
  readonly rva: number;
  readonly virtualSize: number;
  readonly fileOffset: number;
  readonly fileSize: number;
  readonly executable: boolean;
  readonly writable: boolean;
}

export interface PeHeader {
  readonly instructionSet: InstructionSet | null;
  readonly optionalAt: number;
  /** PE32+. */
  readonly wide: boolean;
  readonly base: bigint;
  readonly entry: number;
  readonly headerSize: number;
  readonly sections: readonly Section[];
}

export function readHeader(reader: Reader, problems: ProblemList): PeHeader {
  const coff = reader.u32(0x3c) + 4;
  const machine = reader.u16(coff);
  const optionalAt = coff + 20;
  const plus = reader.u16(optionalAt) === PE32_PLUS;
  const claimed = MACHINES.get(machine) ?? null;
  const instructionSet = claimed !== null && plus === (claimed !== 'x86') ? claimed : null;
  if (instructionSet === null) {
    problems.add('unsupported-machine', `PE machine 0x${machine.toString(16)} is not supported`, coff);
  }
  if (!reader.has(optionalAt, 112)) problems.add('truncated-header', 'The optional header is cut short', optionalAt);
  const sectionsAt = optionalAt + reader.u16(coff + 16);
  return {
    instructionSet,
    optionalAt,
    wide: plus,
    base: plus ? reader.big(optionalAt + 24) : BigInt(reader.u32(optionalAt + 28)),
    entry: reader.u32(optionalAt + 16),
    headerSize: reader.u32(optionalAt + 60),
    sections: readSections(reader, sectionsAt, reader.u16(coff + 2), problems),
  };
}

function readSections(reader: Reader, at: number, count: number, problems: ProblemList): readonly Section[] {
  const list: Section[] = [];
  if (count > MAX_SECTIONS) problems.add('too-many-headers', `${count} sections; ${MAX_SECTIONS} are read`, at);
  for (let i = 0, p = at; i < Math.min(count, MAX_SECTIONS); i++, p += 40) {
    if (!reader.has(p, 40)) {
      problems.add('truncated-section-headers', 'Section headers end outside the bytes', at);
      break;
    }
    list.push({
      name: readName(reader, p),
      virtualSize: reader.u32(p + 8),
      rva: reader.u32(p + 12),
      fileSize: reader.u32(p + 16),
      fileOffset: reader.u32(p + 20),
      executable: (reader.u32(p + 36) & SCN_MEM_EXECUTE) !== 0,
      writable: (reader.u32(p + 36) & SCN_MEM_WRITE) !== 0,
    });
  }
  return list;
}

function readName(reader: Reader, at: number): string {
  let name = '';
  for (let i = 0; i < 8 && reader.u8(at + i) !== 0; i++) name += String.fromCharCode(reader.u8(at + i));
  return name;
}

/** Index into the given bytes of an RVA, or -1 where no section holds it. */
export function offsetOf(rva: number, header: PeHeader, layout: Layout): number {
  if (rva === 0) return -1;
  if (layout === 'mapped') return rva;
  const section = header.sections.find((s) => rva >= s.rva && rva < s.rva + s.fileSize);
  return section === undefined ? -1 : section.fileOffset + rva - section.rva;
}

/** A data directory's place in the bytes and its size; null where the header has none or it lies outside. */
export function directoryOf(
  reader: Reader,
  header: PeHeader,
  layout: Layout,
  index: number,
): { readonly at: number; readonly rva: number; readonly size: number } | null {
  const directories = header.optionalAt + (header.wide ? 112 : 96);
  if (reader.u32(directories - 4) <= index) return null;
  const rva = reader.u32(directories + index * 8);
  const at = offsetOf(rva, header, layout);
  return at < 0 || at >= reader.size ? null : { at, rva, size: reader.u32(directories + index * 8 + 4) };
}
