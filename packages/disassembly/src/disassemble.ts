import type { CliMethods, Image, InstructionSet } from '@genehound/binary';
import { recogniseImage } from '@genehound/genes';
import { arm64Text } from './arm64-text.ts';
import { cilText } from './cil-text.ts';
import type { Formatter } from './line-text.ts';
import { x86Text } from './x86-text.ts';

/** A piece of code to be shown. */
export interface Region {
  readonly rva: number;
  /** Bytes. */
  readonly size: number;
  /** RVAs where instructions are known to begin, ascending: none is shown across one. */
  readonly marks: readonly number[];
}

export interface CodeLine {
  readonly rva: number;
  /** Bytes of the instruction. */
  readonly size: number;
  /** The first 16 of them in lower-case hexadecimal: a switch of CIL may have thousands. */
  readonly bytes: string;
  /** In it, places of code are RVAs. */
  readonly text: string;
}

export interface Listing {
  /** Of the whole image; a method of a .NET assembly is shown as CIL whatever this says. */
  readonly instructionSet: InstructionSet | null;
  /** Address that RVA 0 has or prefers. */
  readonly base: bigint;
  /** Lines of each region, in the order of the regions. */
  readonly regions: readonly (readonly CodeLine[])[];
  /** Lines were left out, since there were more than `mostLines`. */
  readonly cut: boolean;
}

/** Of an instruction that are shown. */
const MOST_BYTES = 16;

/** A run of the given bytes that holds code of one kind. */
interface Stretch {
  readonly offset: number;
  readonly rva: number;
  readonly size: number;
  readonly kind: 'native' | 'cil';
}

const isInside = (rva: number, start: number, size: number): boolean => rva >= start && rva < start + size;

/** The method in which a place lies; they ascend and do not overlap. */
function methodAt({ rvas, offsets, sizes }: CliMethods, rva: number): Stretch | null {
  let from = 0;
  let to = rvas.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((rvas[middle] ?? 0) <= rva) from = middle + 1;
    else to = middle;
  }
  const start = rvas[from - 1] ?? 0;
  const size = sizes[from - 1] ?? 0;
  return isInside(rva, start, size) ? { offset: offsets[from - 1] ?? 0, rva: start, size, kind: 'cil' } : null;
}

/** The method, or else the executable range, in which a place lies. */
function stretchAt({ cli, code }: Image, rva: number): Stretch | null {
  const method = cli === undefined ? null : methodAt(cli, rva);
  if (method !== null) return method;
  const range = code.find((one) => isInside(rva, one.rva, one.size));
  return range === undefined ? null : { ...range, kind: 'native' };
}

/** Formatters of one image, made when needed. */
class Formatters {
  readonly #bytes: Uint8Array;
  readonly #made = new Map<InstructionSet, Formatter>();
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }
  async of(set: InstructionSet): Promise<Formatter> {
    const known = this.#made.get(set);
    if (known !== undefined) return known;
    const made = await this.#make(set);
    this.#made.set(set, made);
    return made;
  }
  free(): void {
    for (const formatter of this.#made.values()) formatter.free();
  }
  #make(set: InstructionSet): Formatter | Promise<Formatter> {
    if (set === 'cil') return cilText(this.#bytes);
    return set === 'arm64' ? arm64Text(this.#bytes) : x86Text(this.#bytes, set === 'x86' ? 32 : 64);
  }
}

/** Bytes of `stretch` from the region's start on, line by line; stops at the region's end or when `room` is used up. */
function linesOf(
  bytes: Uint8Array,
  formatter: Formatter,
  stretch: Stretch,
  region: Region,
  room: number,
): readonly CodeLine[] {
  const lines: CodeLine[] = [];
  const end = Math.min(region.rva + region.size, stretch.rva + stretch.size);
  const shift = stretch.offset - stretch.rva;
  let mark = 0;
  for (let rva = region.rva; rva < end && lines.length < room; ) {
    while (mark < region.marks.length && (region.marks[mark] ?? 0) <= rva) mark++;
    const until = Math.min(end, region.marks[mark] ?? end) + shift;
    const at = rva + shift;
    const { size, text } = formatter.line(at, until, rva) ?? formatter.data(at, until);
    const shown = Buffer.from(bytes.subarray(at, at + Math.min(size, MOST_BYTES))).toString('hex');
    lines.push({ rva, size, bytes: shown, text });
    rva += size;
  }
  return lines;
}

/**
 * Text of pieces of an artifact's code. A region that lies in no code, or whose instruction set cannot be read, has no
 * lines; one that leads out of its range ends there. Pure but for the libraries' code, which is loaded when first needed;
 * never throws on input. Time and memory are bounded by `mostLines`.
 */
export async function disassemble(
  bytes: Uint8Array,
  given: Image,
  regions: readonly Region[],
  mostLines: number,
): Promise<Listing> {
  const image = given.assumed === true ? recogniseImage(bytes, given).image : given;
  const formatters = new Formatters(bytes);
  const listed: (readonly CodeLine[])[] = [];
  let room = mostLines;
  let cut = false;
  try {
    for (const region of regions) {
      const stretch = stretchAt(image, region.rva);
      const set = stretch?.kind === 'cil' ? 'cil' : image.instructionSet;
      const lines =
        stretch === null || set === null ? [] : linesOf(bytes, await formatters.of(set), stretch, region, room);
      room -= lines.length;
      const last = lines.at(-1);
      cut ||= room === 0 && last !== undefined && last.rva + last.size < region.rva + region.size;
      listed.push(lines);
    }
  } finally {
    formatters.free();
  }
  return { instructionSet: image.instructionSet, base: image.base, regions: listed, cut };
}
