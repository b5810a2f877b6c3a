import type { ProblemList } from '../problem-list.ts';
import type { Reader } from '../reader.ts';
import type { Layout } from '../types.ts';
import type { ElfHeader } from './elf-header.ts';

export const PT_LOAD = 1;
export const PT_DYNAMIC = 2;
export const PT_GNU_EH_FRAME = 0x6474e550;

/** A program header with addresses relative to the image base; sizes in bytes. */
interface Segment {
  readonly type: number;
  readonly executable: boolean;
  readonly fileOffset: number;
  readonly rva: number;
  readonly fileSize: number;
  readonly memorySize: number;
}

export interface Segments {
  readonly base: bigint;
  readonly list: readonly Segment[];
}

interface RawSegment extends Omit<Segment, 'rva'> {
  readonly address: bigint;
}

const PAGE_MASK = ~0xfffn;

export function readSegments(reader: Reader, header: ElfHeader, problems: ProblemList): Segments {
  const raw = readRaw(reader, header, problems);
  let lowest: bigint | null = null;
  for (const segment of raw) {
    if (segment.type === PT_LOAD && (lowest === null || segment.address < lowest)) lowest = segment.address;
  }
  const base = (lowest ?? 0n) & PAGE_MASK;
  const list: Segment[] = [];
  for (const segment of raw) {
    const rva = segment.address - base;
    if (rva < 0n || rva > 0xffff_ffffn) {
      if (segment.type === PT_LOAD) problems.add('far-segment', 'A segment lies 4 GiB or more above the base');
      continue;
    }
    list.push({ ...segment, rva: Number(rva) });
  }
  return { base, list };
}

function readRaw(reader: Reader, header: ElfHeader, problems: ProblemList): readonly RawSegment[] {
  const { at, entrySize, count } = header.programHeaders;
  const list: RawSegment[] = [];
  const least = header.wide ? 56 : 32;
  if (count > 0 && entrySize < least) {
    problems.add('bad-program-headers', `Program headers of ${entrySize} bytes`, at);
    return list;
  }
  for (let i = 0; i < count; i++) {
    const p = at + i * entrySize;
    if (!reader.has(p, least)) {
      problems.add('truncated-program-headers', 'Program headers end outside the bytes', at);
      break;
    }
    list.push(header.wide ? wideSegment(reader, p) : narrowSegment(reader, p));
  }
  return list;
}

function wideSegment(reader: Reader, p: number): RawSegment {
  return {
    type: reader.u32(p),
    executable: (reader.u32(p + 4) & 1) !== 0,
    fileOffset: reader.u64(p + 8),
    address: reader.big(p + 16),
    fileSize: reader.u64(p + 32),
    memorySize: reader.u64(p + 40),
  };
}

function narrowSegment(reader: Reader, p: number): RawSegment {
  return {
    type: reader.u32(p),
    executable: (reader.u32(p + 24) & 1) !== 0,
    fileOffset: reader.u32(p + 4),
    address: BigInt(reader.u32(p + 8)),
    fileSize: reader.u32(p + 16),
    memorySize: reader.u32(p + 20),
  };
}

/** Index into the given bytes of an RVA, or -1 where no segment holds it. */
export function offsetOf(rva: number, segments: Segments, layout: Layout, size: number): number {
  if (layout === 'mapped') return rva < size ? rva : -1;
  for (const segment of segments.list) {
    if (segment.type !== PT_LOAD || rva < segment.rva || rva >= segment.rva + segment.fileSize) continue;
    const offset = segment.fileOffset + rva - segment.rva;
    return offset < size ? offset : -1;
  }
  return -1;
}
