import { nativeCode } from '../cli/native-code.ts';
import { type CliImage, parseCli } from '../cli/parse-cli.ts';
import { normaliseRanges, pagesWithContent } from '../code-ranges.ts';
import { type Piece, reportPacking } from '../packing.ts';
import type { ImageOptions } from '../parse-image.ts';
import type { ProblemList } from '../problem-list.ts';
import { Reader } from '../reader.ts';
import { NO_STARTS, StartCollector } from '../start-collector.ts';
import type { CodeRange, Image, Layout } from '../types.ts';
import { collectTables } from './function-tables.ts';
import { DIRECTORY, directoryOf, offsetOf, type PeHeader, readHeader } from './pe-header.ts';
import { collectRelocated } from './relocations.ts';

export function parsePe(bytes: Uint8Array, layout: Layout, options: ImageOptions, problems: ProblemList): Image {
  const reader = new Reader(bytes);
  const header = readHeader(reader, problems);
  reportPacking(bytes, pieces(bytes, layout, header), null, problems);
  const cli = readCli(reader, layout, header, problems);
  const executable = codeRanges(bytes, layout, header, problems);
  const code = cli === null ? executable : nativeCode(executable, cli);
  if (cli?.ilOnly === true && code.length === 0) return assembly(layout, options.base ?? header.base, cli, problems);
  const starts = new StartCollector(code);
  // In memory the loader has relocated the addresses; in a file they hold for the preferred base.
  const base = layout === 'mapped' ? (options.base ?? header.base) : header.base;
  collectTables(reader, layout, header, base, starts);
  collectRelocated(reader, layout, header, base, starts);
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

function pieces(bytes: Uint8Array, layout: Layout, header: PeHeader): readonly Piece[] {
  return header.sections.map(({ name, rva, virtualSize, fileOffset, fileSize, executable }) => {
    const offset = layout === 'mapped' ? rva : fileOffset;
    const size = layout === 'mapped' ? virtualSize : fileSize;
    return { name, offset, size: Math.max(0, Math.min(size, bytes.length - offset)), virtualSize, executable };
  });
}

/** The CLI header by data directory 14; null where there is none. */
function readCli(reader: Reader, layout: Layout, header: PeHeader, problems: ProblemList): CliImage | null {
  const directory = directoryOf(reader, header, layout, DIRECTORY.cli);
  if (directory === null) return null;
  return parseCli(reader, directory.at, directory.rva, (place) => offsetOf(place, header, layout), problems);
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
