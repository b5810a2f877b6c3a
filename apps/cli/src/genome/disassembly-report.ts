import { unzipSync } from 'node:zlib';
import { JsonCutOff, jsonEntries } from './json-entries.ts';

/** Code of one sample, put back together from the instructions that a disassembly report keeps. */
export interface ReportedCode {
  /** SHA-256 of the sample, as the report says; it is not the hash of `code`. */
  readonly sha256: string;
  /** As the report says; empty where it does not. */
  readonly family: string;
  readonly isLibrary: boolean;
  /** Instructions at their distances from each other; what lies between is padding. */
  readonly code: Uint8Array;
}

export type ReportedSample = ReportedCode | { readonly problem: string };

/** Bytes from the first to the last instruction: more is no program, but addresses that lie. */
const LARGEST_SPAN = 128 * 2 ** 20;
const LARGEST_FUNCTIONS = 512 * 2 ** 20;
/** `int3`: padding, which no gene sees. */
const PADDING = 0xcc;

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

const words = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Every instruction of functions as [offset, bytes in hexadecimal, …]. */
function* instructionsOf(functions: Iterable<unknown>): Generator<readonly [number, string]> {
  for (const value of functions) {
    for (const block of Object.values(fields(fields(value)['blocks']))) {
      if (!Array.isArray(block)) continue;
      for (const instruction of block) {
        if (!Array.isArray(instruction)) continue;
        const [offset, bytes]: readonly unknown[] = instruction;
        if (typeof offset !== 'number' || !Number.isSafeInteger(offset) || offset < 0) continue;
        if (typeof bytes === 'string' && /^([0-9a-f]{2}){1,15}$/i.test(bytes)) yield [offset, bytes];
      }
    }
  }
}

function codeOf(functions: readonly unknown[]): Uint8Array | string {
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  for (const [offset, bytes] of instructionsOf(functions)) {
    first = Math.min(first, offset);
    last = Math.max(last, offset + bytes.length / 2);
  }
  if (last === 0) return 'it keeps no bytes of instructions';
  if (last - first > LARGEST_SPAN) return `its code spans ${last - first} bytes`;
  const code = Buffer.alloc(last - first, PADDING);
  for (const [offset, bytes] of instructionsOf(functions)) code.write(bytes, offset - first, 'hex');
  return code;
}

function sampleOf(sha256: string, about: Fields, functions: readonly unknown[]): ReportedSample {
  const name = /^[0-9a-f]{64}$/i.test(sha256) ? sha256.toLowerCase() : 'a sample without a hash';
  const code = codeOf(functions);
  if (typeof code === 'string') return { problem: `${name}: ${code}` };
  return { sha256: name, family: words(about['family']), isLibrary: about['is_library'] === true, code };
}

/** Functions of a sample in an MCRIT export; compressed ones are base64 of zlib. */
function unpacked(value: unknown): Fields {
  if (typeof value !== 'string') return fields(value);
  const bytes = unzipSync(Buffer.from(value, 'base64'), { maxOutputLength: LARGEST_FUNCTIONS });
  return fields(JSON.parse(bytes.toString('utf8')));
}

function* exported(report: Fields): Generator<ReportedSample> {
  const samples = fields(report['sample_entries']);
  for (const [sha256, value] of Object.entries(fields(report['function_entries']))) {
    let functions: Fields;
    try {
      functions = unpacked(value);
    } catch {
      yield { problem: `${sha256.slice(0, 64)}: its functions cannot be unpacked` };
      continue;
    }
    const graphs = Object.values(functions).map((entry) => fields(entry)['xcfg']);
    yield sampleOf(sha256, fields(samples[sha256]), graphs);
  }
}

/** Bytes of one sample's functions, or of what is said of it: V8 holds no longer text. */
const LARGEST_ENTRY = 480 * 2 ** 20;
/** Samples of one export; more is no export. */
const MOST_SAMPLES = 1_000_000;

function parsed(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Section {
  readonly key: string;
  readonly value: unknown;
}

/** A section of an export; ends with undefined where the document is cut off. */
async function* sectionOf(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<Section | undefined> {
  try {
    for await (const { key, text } of jsonEntries(chunks, [name], LARGEST_ENTRY)) yield { key, value: parsed(text) };
  } catch (error) {
    if (!(error instanceof JsonCutOff)) throw error;
    yield undefined;
  }
}

/** Characters of a family's name, and of a hash in hexadecimal: longer ones are neither, and a million of them are held. */
const LONGEST_FAMILY = 200;
const LONGEST_HASH = 64;

/** The beginning of a word that does not keep the rest of it in memory, as V8's slices do. */
const beginning = (word: string): string => Buffer.from(word.slice(0, LONGEST_FAMILY)).toString();

/** What an export says of its samples, which may stand behind their functions. */
async function aboutSamples(chunks: AsyncIterable<Buffer>): Promise<ReadonlyMap<string, Fields>> {
  const about = new Map<string, Fields>();
  for await (const entry of sectionOf(chunks, 'sample_entries')) {
    if (entry === undefined || about.size >= MOST_SAMPLES) break;
    if (entry.key.length > LONGEST_HASH) continue;
    const { family, is_library } = fields(entry.value);
    about.set(entry.key, { family: beginning(words(family)), is_library: is_library === true });
  }
  return about;
}

/**
 * The samples of an MCRIT export of any size, one in memory at a time. `open` gives its bytes from the beginning, and is
 * called twice. Throws what reading throws; what cannot be used is a problem.
 */
export async function* streamedSamples(open: () => AsyncIterable<Buffer>): AsyncGenerator<ReportedSample> {
  const about = await aboutSamples(open());
  let isEmpty = true;
  for await (const entry of sectionOf(open(), 'function_entries')) {
    isEmpty = false;
    if (entry === undefined) yield { problem: 'it is cut off: what stands behind the cut is not read' };
    else if (entry.value === undefined)
      yield { problem: `${entry.key.slice(0, 64)}: its functions cannot be read, or are too many` };
    else {
      const { key, value } = entry;
      yield* exported({ function_entries: { [key]: value }, sample_entries: { [key]: about.get(key) } });
    }
  }
  if (isEmpty) yield { problem: 'it is no export of MCRIT; a larger report than 480 MiB has to be one' };
}

/**
 * The samples of a report of SMDA (one) or an export of MCRIT (many). Never throws: what cannot be used is a problem.
 */
export function* reportedSamples(text: string): Generator<ReportedSample> {
  let report: Fields;
  try {
    report = fields(JSON.parse(text));
  } catch {
    yield { problem: 'it is no JSON' };
    return;
  }
  if (report['function_entries'] !== undefined) yield* exported(report);
  else if (report['xcfg'] !== undefined)
    yield sampleOf(words(report['sha256']), fields(report['metadata']), Object.values(fields(report['xcfg'])));
  else yield { problem: 'it is neither a report of SMDA nor an export of MCRIT' };
}
