import { codeAround } from './cli/native-code.ts';
import { findCli } from './cli/parse-cli.ts';
import { pagesWithContent } from './code-ranges.ts';
import { detectFormat } from './detect-format.ts';
import { parseElf } from './elf/parse-elf.ts';
import { parsePe } from './pe/parse-pe.ts';
import { ProblemList } from './problem-list.ts';
import { Reader } from './reader.ts';
import { NO_STARTS } from './start-collector.ts';
import type { CodeRange, Format, Image, InstructionSet, Layout } from './types.ts';

export interface ImageOptions {
  /** Where RVA 0 was found in memory; without it the address that the header prefers. */
  readonly base?: bigint;
  /** What raw memory is taken for; headers, where there are any, say it themselves. Default: x86-64, as an assumption. */
  readonly instructionSet?: InstructionSet;
}

/**
 * Structure of an artifact. Never throws, whatever the bytes; work and memory are proportional to their count, and
 * what is wrong with them is in `problems`.
 */
export function parseImage(bytes: Uint8Array, layout: Layout, options: ImageOptions = {}): Image {
  const problems = new ProblemList();
  if (bytes.length >= 0x1_0000_0000) {
    problems.add('too-large', 'An artifact of 4 GiB or more is not read');
    return withoutCode('raw', layout, options, problems);
  }
  if (layout === 'raw') return rawImage(bytes, 'raw', layout, [wholeOf(bytes)], options, problems);
  const format = detectFormat(bytes);
  if (format === 'elf') return parseElf(bytes, layout, options, problems);
  if (format === 'pe') return parsePe(bytes, layout, options, problems);
  if (format === 'macho') {
    problems.add('unsupported-format', 'Mach-O is not read yet');
    return withoutCode('macho', layout, options, problems);
  }
  if (layout === 'mapped') {
    problems.add('no-header', 'A mapped image without a recognised header: every page with content is taken as code');
    return rawImage(bytes, 'raw', layout, pagesWithContent(bytes, 0, []), options, problems);
  }
  problems.add('unknown-format', 'Neither ELF nor PE');
  return withoutCode('raw', layout, options, problems);
}

function wholeOf(bytes: Uint8Array): CodeRange {
  return { offset: 0, rva: 0, size: bytes.length };
}

function rawImage(
  bytes: Uint8Array,
  format: Format,
  layout: Layout,
  code: readonly CodeRange[],
  options: ImageOptions,
  problems: ProblemList,
): Image {
  const cli = findCli(bytes, new Reader(bytes), problems);
  const native = bytes.length === 0 ? [] : cli === null ? code : codeAround(bytes, code, cli);
  const managed = cli?.ilOnly === true && native.length === 0;
  return {
    format,
    layout,
    instructionSet: managed ? 'cil' : (options.instructionSet ?? 'x86-64'),
    base: options.base ?? 0n,
    entry: null,
    code: native,
    functions: NO_STARTS,
    ...(cli === null ? {} : { cli: cli.methods }),
    ...(!managed && options.instructionSet === undefined ? { assumed: true as const } : {}),
    problems: problems.list(),
  };
}

function withoutCode(format: Format, layout: Layout, options: ImageOptions, problems: ProblemList): Image {
  return {
    format,
    layout,
    instructionSet: options.instructionSet ?? null,
    base: options.base ?? 0n,
    entry: null,
    code: [],
    functions: NO_STARTS,
    problems: problems.list(),
  };
}
