import type { ProblemList } from '../problem-list.ts';
import type { Reader } from '../reader.ts';
import type { CliMethods } from '../types.ts';
import type { MethodTable } from './metadata.ts';

/** Low two bits of a body's first byte (ECMA-335, II.25.4.1). */
const TINY = 2;
const FAT = 3;
const FAT_HEADER = 12;
/** Kind of code in a method's implementation flags: IL. */
const CODE_TYPE = 3;

/**
 * Bodies of all methods in CIL, ascending by RVA, none overlapping: hostile tables can name the same bytes often, and work
 * stays proportional to the input.
 */
export function readMethods(
  reader: Reader,
  table: MethodTable,
  offsetOf: (rva: number) => number,
  problems: ProblemList,
): CliMethods {
  const bodies = new Float64Array(table.rows);
  let count = 0;
  for (let i = 0, at = table.at; i < table.rows; i++, at += table.rowSize) {
    const rva = reader.u32(at);
    if (rva !== 0 && (reader.u16(at + 4) & CODE_TYPE) === 0) bodies[count++] = rva;
  }
  const rvas = new Uint32Array(count);
  const offsets = new Uint32Array(count);
  const sizes = new Uint32Array(count);
  let kept = 0;
  let end = 0;
  for (const rva of bodies.subarray(0, count).sort()) {
    const at = offsetOf(rva);
    const header = at < 0 ? 0 : headerSize(reader, at);
    const size = header === 0 ? 0 : header === 1 ? reader.u8(at) >> 2 : reader.u32(at + 4);
    if (header === 0 || !reader.has(at + header, size)) {
      problems.add('bad-cli-method', 'A method has no body that can be read');
      continue;
    }
    // Methods with one body are common, overlapping ones are not.
    if (rva + header < end) {
      if (rva + header + size !== end) problems.add('overlapping-cli-methods', 'Bodies of methods overlap');
      continue;
    }
    rvas[kept] = rva + header;
    offsets[kept] = at + header;
    sizes[kept++] = size;
    end = rva + header + size;
  }
  return { rvas: rvas.slice(0, kept), offsets: offsets.slice(0, kept), sizes: sizes.slice(0, kept) };
}

/** 0 where no body begins. */
function headerSize(reader: Reader, at: number): number {
  if (!reader.has(at, 1)) return 0;
  const kind = reader.u8(at) & 3;
  if (kind === TINY) return 1;
  return kind === FAT && reader.has(at, FAT_HEADER) && reader.u8(at + 1) >> 4 === 3 ? FAT_HEADER : 0;
}
