import { normaliseRanges, pagesWithContent } from '../code-ranges.ts';
import { reportPacking } from '../packing.ts';
import type { ImageOptions } from '../parse-image.ts';
import type { ProblemList } from '../problem-list.ts';
import { Reader } from '../reader.ts';
import { NO_STARTS, StartCollector } from '../start-collector.ts';
import type { CodeRange, FunctionStarts, Image, Layout } from '../types.ts';
import { collectFrameStarts, readFrameHeader } from './eh-frame.ts';
import { type ElfHeader, readElfHeader } from './elf-header.ts';
import { offsetOf, PT_GNU_EH_FRAME, PT_LOAD, readSegments, type Segments } from './segments.ts';
import { collectDynamic, collectSectionSymbols } from './symbols.ts';

export function parseElf(bytes: Uint8Array, layout: Layout, options: ImageOptions, problems: ProblemList): Image {
  const reader = new Reader(bytes);
  const header = readElfHeader(reader, problems);
  const segments = header === null ? { base: 0n, list: [] } : readSegments(reader, header, problems);
  // A segment that also holds tables and constants is taken whole: a limit drawn by unwind tables would let a file hide
  // code behind it, and the junk is the same in file and memory.
  if (header !== null) reportElfPacking(bytes, layout, header, segments, problems);
  const code = header === null ? [] : codeRanges(bytes, layout, header, segments, problems);
  const known = header === null ? NO_STARTS : functionStarts(reader, layout, header, segments, code, problems);
  return {
    format: 'elf',
    layout,
    instructionSet: header?.instructionSet ?? null,
    base: options.base ?? segments.base,
    entry: header === null ? null : entryRva(header, segments, code),
    code,
    functions: known,
    problems: problems.list(),
  };
}

/** UPX writes its name behind the program headers (`l_info`) and at the end of the file. */
const UPX_MAGIC = 0x21585055;

function reportElfPacking(
  bytes: Uint8Array,
  layout: Layout,
  header: ElfHeader,
  segments: Segments,
  problems: ProblemList,
): void {
  const loaded = segments.list.filter(({ type }) => type === PT_LOAD);
  const pieces = loaded.map(({ rva, fileOffset, fileSize, memorySize, executable }) => {
    const offset = layout === 'mapped' ? rva : fileOffset;
    const size = Math.max(0, Math.min(fileSize, bytes.length - offset));
    return { name: '', offset, size, virtualSize: memorySize, executable };
  });
  const reader = new Reader(bytes);
  const { at, entrySize, count } = header.programHeaders;
  const behind = at + entrySize * count;
  const places = [behind + 4, ...Array.from({ length: 32 }, (_, i) => bytes.length - 4 - i)];
  const upx = places.some((place) => reader.u32(place) === UPX_MAGIC);
  reportPacking(bytes, pieces, upx ? 'UPX' : null, problems);
}

function entryRva(header: ElfHeader, segments: Segments, code: readonly CodeRange[]): number | null {
  const rva = header.entry - segments.base;
  if (header.entry === 0n || rva < 0n || rva > 0xffff_ffffn) return null;
  const at = Number(rva);
  return code.some((range) => at >= range.rva && at < range.rva + range.size) ? at : null;
}

function codeRanges(
  bytes: Uint8Array,
  layout: Layout,
  header: ElfHeader,
  segments: Segments,
  problems: ProblemList,
): readonly CodeRange[] {
  const claimed: CodeRange[] = [];
  for (const segment of segments.list) {
    if (segment.type !== PT_LOAD || !segment.executable || segment.fileSize === 0) continue;
    // Memory beyond the file's part is zero-filled; a file size above the memory size is a lie.
    const size = Math.min(segment.fileSize, segment.memorySize);
    claimed.push({ offset: layout === 'mapped' ? segment.rva : segment.fileOffset, rva: segment.rva, size });
  }
  if (claimed.length === 0) problems.add('no-code-segment', 'No program header names executable bytes');
  const ranges = normaliseRanges(claimed, bytes.length, problems);
  if (layout !== 'mapped') return ranges;
  const headerEnd = header.programHeaders.at + header.programHeaders.count * header.programHeaders.entrySize;
  const from = Math.ceil(Math.min(Math.max(headerEnd, 64), bytes.length) / 4096) * 4096;
  const hidden = pagesWithContent(bytes, from, ranges);
  if (hidden.length === 0) return ranges;
  problems.add('code-outside-segments', 'Pages with content that no program header calls executable', hidden[0]?.rva);
  return normaliseRanges([...ranges, ...hidden], bytes.length, problems);
}

function functionStarts(
  reader: Reader,
  layout: Layout,
  header: ElfHeader,
  segments: Segments,
  code: readonly CodeRange[],
  problems: ProblemList,
): FunctionStarts {
  const starts = new StartCollector(code);
  const entry = entryRva(header, segments, code);
  if (entry !== null) starts.add(entry, 0);
  collectFrames(reader, layout, header, segments, starts, problems);
  collectDynamic(reader, header.wide, segments, layout, starts);
  if (layout === 'file') collectSectionSymbols(reader, header, segments.base, starts, problems);
  if (starts.full) problems.add('too-many-functions', 'More function starts than are kept');
  return starts.finish();
}

/** By PT_GNU_EH_FRAME, which file and memory both have; else by the section of that name. */
function collectFrames(
  reader: Reader,
  layout: Layout,
  header: ElfHeader,
  segments: Segments,
  starts: StartCollector,
  problems: ProblemList,
): void {
  const base = Number(segments.base);
  const pointer = header.wide ? 8 : 4;
  const segment = segments.list.find((s) => s.type === PT_GNU_EH_FRAME);
  const at = segment === undefined ? -1 : offsetOf(segment.rva, segments, layout, reader.size);
  if (segment !== undefined && at >= 0) {
    const frameHeader = readFrameHeader(reader, at, segment.rva, base, pointer);
    const frameAt = frameHeader?.frameRva == null ? -1 : offsetOf(frameHeader.frameRva, segments, layout, reader.size);
    if (frameHeader?.frameRva != null && frameAt >= 0 && reader.u32(frameAt) !== 0) {
      const table = { at: frameAt, rva: frameHeader.frameRva, size: reader.size - frameAt, pointer } as const;
      if (collectFrameStarts(reader, table, base, starts)) return;
      problems.add('bad-eh-frame', '.eh_frame is broken; its search table is used as well', frameAt);
    }
    frameHeader?.collect(starts);
    return;
  }
  if (layout === 'file') collectFrameSection(reader, header, segments.base, starts, problems);
}

function collectFrameSection(
  reader: Reader,
  header: ElfHeader,
  base: bigint,
  starts: StartCollector,
  problems: ProblemList,
): void {
  const { wide } = header;
  const least = wide ? 64 : 40;
  const { at, entrySize, count } = header.sectionHeaders;
  if (at === 0 || entrySize < least) return;
  const offset = (p: number): number => (wide ? reader.u64(p + 24) : reader.u32(p + 16));
  const names = offset(at + reader.u16(wide ? 62 : 50) * entrySize);
  for (let i = 0; i < count; i++) {
    const p = at + i * entrySize;
    if (!reader.has(p, least)) return;
    if (!hasName(reader, names + reader.u32(p), '.eh_frame')) continue;
    const address = wide ? reader.big(p + 16) : BigInt(reader.u32(p + 12));
    const size = wide ? reader.u64(p + 32) : reader.u32(p + 20);
    const table = { at: offset(p), rva: Number(address - base), size, pointer: wide ? 8 : 4 } as const;
    if (!collectFrameStarts(reader, table, Number(base), starts)) {
      problems.add('bad-eh-frame', '.eh_frame is broken', table.at);
    }
    return;
  }
}

function hasName(reader: Reader, at: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) if (reader.u8(at + i) !== name.charCodeAt(i)) return false;
  return reader.has(at + name.length, 1) && reader.u8(at + name.length) === 0;
}
