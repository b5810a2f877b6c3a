import { nativeCode } from '../cli/native-code.ts';
import { type CliImage, parseCli } from '../cli/parse-cli.ts';
import { normaliseRanges, pagesWithContent } from '../code-ranges.ts';
import type { ImageOptions } from '../parse-image.ts';
import type { ProblemList } from '../problem-list.ts';
import { Reader } from '../reader.ts';
import { NO_STARTS, StartCollector } from '../start-collector.ts';
import type { CodeRange, Image, InstructionSet, Layout } from '../types.ts';

/** Machine field of the COFF header (PE format, "Machine Types"). */
const MACHINES: ReadonlyMap<number, InstructionSet> = new Map([
  [0x14c, 'x86'],
  [0x8664, 'x86-64'],
  [0xaa64, 'arm64'],
]);

const CLI_DIRECTORY = 14;
const PE32_PLUS = 0x20b;
/** The Windows loader refuses more than 96. */
const MAX_SECTIONS = 96;
const MAX_PDATA_ENTRIES = 1 << 20;
const SCN_MEM_EXECUTE = 0x2000_0000;

interface Section {
  readonly rva: number;
  readonly virtualSize: number;
  readonly fileOffset: number;
  readonly fileSize: number;
  readonly executable: boolean;
}

interface PeHeader {
  readonly instructionSet: InstructionSet | null;
  readonly optionalAt: number;
  /** PE32+. */
  readonly wide: boolean;
  readonly base: bigint;
  readonly entry: number;
  readonly headerSize: number;
  readonly sections: readonly Section[];
}

export function parsePe(bytes: Uint8Array, layout: Layout, options: ImageOptions, problems: ProblemList): Image {
  const reader = new Reader(bytes);
  const header = readHeader(reader, problems);
  const cli = readCli(reader, layout, header, problems);
  const executable = codeRanges(bytes, layout, header, problems);
  if (cli?.ilOnly === true) return assembly(layout, options.base ?? header.base, cli, problems);
  const code = cli === null ? executable : nativeCode(executable, cli);
  const starts = new StartCollector(code);
  if (header.entry !== 0) starts.add(header.entry, 0);
  if (header.instructionSet === 'x86-64') collectPdata(reader, layout, header, starts);
  const functions = code.length === 0 ? NO_STARTS : starts.finish();
  return {
    format: 'pe',
    layout,
    instructionSet: header.instructionSet,
    base: options.base ?? header.base,
    entry: header.entry !== 0 && functions.rvas.includes(header.entry) ? header.entry : null,
    code,
    functions,
    ...(cli === null ? {} : { cli: cli.methods }),
    problems: problems.list(),
  };
}

/** The CLI header by data directory 14; null where there is none. */
function readCli(reader: Reader, layout: Layout, header: PeHeader, problems: ProblemList): CliImage | null {
  const directories = header.optionalAt + (header.wide ? 112 : 96);
  if (reader.u32(directories - 4) <= CLI_DIRECTORY) return null;
  const rva = reader.u32(directories + CLI_DIRECTORY * 8);
  const at = offsetOf(rva, header, layout);
  return at < 0 ? null : parseCli(reader, at, (place) => offsetOf(place, header, layout), problems);
}

/** The native stub that starts the runtime says nothing of an assembly, and the machine field nothing of its code. */
function assembly(layout: Layout, base: bigint, cli: CliImage, problems: ProblemList): Image {
  return {
    format: 'pe',
    layout,
    instructionSet: 'cil',
    base,
    entry: null,
    code: [],
    functions: NO_STARTS,
    cli: cli.methods,
    problems: problems.list().filter((problem) => problem.code !== 'unsupported-machine'),
  };
}

function readHeader(reader: Reader, problems: ProblemList): PeHeader {
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
      virtualSize: reader.u32(p + 8),
      rva: reader.u32(p + 12),
      fileSize: reader.u32(p + 16),
      fileOffset: reader.u32(p + 20),
      executable: (reader.u32(p + 36) & SCN_MEM_EXECUTE) !== 0,
    });
  }
  return list;
}

function codeRanges(bytes: Uint8Array, layout: Layout, header: PeHeader, problems: ProblemList): readonly CodeRange[] {
  const claimed: CodeRange[] = [];
  for (const section of header.sections) {
    if (!section.executable) continue;
    const stored = section.virtualSize === 0 ? section.fileSize : Math.min(section.virtualSize, section.fileSize);
    // A packer's section may have nothing in the file and its code only in memory.
    const size = layout === 'mapped' ? Math.max(section.virtualSize, stored) : stored;
    const inside = Math.min(size, Math.max(0, bytes.length - section.rva));
    if (layout === 'mapped') claimed.push({ offset: section.rva, rva: section.rva, size: inside });
    // The loader rounds the raw pointer down to a sector.
    else claimed.push({ offset: section.fileOffset & ~0x1ff, rva: section.rva, size });
  }
  if (claimed.length === 0) problems.add('no-code-section', 'No section is executable');
  const ranges = normaliseRanges(claimed, bytes.length, problems);
  if (layout !== 'mapped') return ranges;
  const from = Math.ceil(Math.min(Math.max(header.headerSize, 1), bytes.length) / 4096) * 4096;
  const hidden = pagesWithContent(bytes, from, ranges);
  if (hidden.length === 0) return ranges;
  problems.add('code-outside-segments', 'Pages with content that no section calls executable', hidden[0]?.rva);
  return normaliseRanges([...ranges, ...hidden], bytes.length, problems);
}

/**
 * Exception directory: RUNTIME_FUNCTION {begin, end, unwind info}. An entry whose unwind info is chained
 * (UNW_FLAG_CHAININFO) describes a later part of a function, not the start of one.
 */
function collectPdata(reader: Reader, layout: Layout, header: PeHeader, starts: StartCollector): void {
  if (reader.u32(header.optionalAt + 108) < 4) return;
  const at = offsetOf(reader.u32(header.optionalAt + 136), header, layout);
  const count = Math.min(Math.floor(reader.u32(header.optionalAt + 140) / 12), MAX_PDATA_ENTRIES);
  if (at < 0) return;
  for (let i = 0, p = at; i < count && reader.has(p, 12) && !starts.full; i++, p += 12) {
    const begin = reader.u32(p);
    const end = reader.u32(p + 4);
    const unwind = offsetOf(reader.u32(p + 8), header, layout);
    const chained = unwind >= 0 && ((reader.u8(unwind) >> 3) & 4) !== 0;
    if (begin !== 0 && end > begin && !chained) starts.add(begin, end - begin);
  }
}

function offsetOf(rva: number, header: PeHeader, layout: Layout): number {
  if (rva === 0) return -1;
  if (layout === 'mapped') return rva;
  const section = header.sections.find((s) => rva >= s.rva && rva < s.rva + s.fileSize);
  return section === undefined ? -1 : section.fileOffset + rva - section.rva;
}
