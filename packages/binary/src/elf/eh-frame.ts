import type { Reader } from '../reader.ts';
import type { StartCollector } from '../start-collector.ts';

/**
 * Unwind tables (LSB Core, "Exception Frames"): each FDE names a function's first byte and its size. Positions are
 * indexes into the bytes, addresses are RVAs; a position's own RVA comes from where the table lies.
 */
export interface FrameTable {
  readonly at: number;
  readonly rva: number;
  /** Bytes that may be read from `at` on. */
  readonly size: number;
  /** Bytes of an absolute pointer. */
  readonly pointer: 4 | 8;
}

const DW_EH_PE_OMIT = 0xff;
const DW_EH_PE_PCREL = 0x10;
const DW_EH_PE_DATAREL = 0x30;

interface Pointer {
  readonly value: number;
  readonly next: number;
}

/** Absolute pointers need the base; below 2^53 a number holds them exactly. */
function readPointer(
  reader: Reader,
  encoding: number,
  at: number,
  place: { readonly rva: number; readonly dataRva: number; readonly base: number; readonly pointer: 4 | 8 },
): Pointer | null {
  const raw = readRaw(reader, encoding & 0x0f, at, place.pointer);
  if (raw === null) return null;
  const relation = encoding & 0x70;
  // Addresses of 32 bits wrap around: a distance may lead below zero and above 4 GiB alike.
  const bound = (value: number): Pointer => ({ value: place.pointer === 4 ? value >>> 0 : value, next: raw.next });
  if (relation === DW_EH_PE_PCREL) return bound(raw.value + place.rva);
  if (relation === DW_EH_PE_DATAREL) return bound(raw.value + place.dataRva);
  return relation === 0 ? bound(raw.value - place.base) : null;
}

function readRaw(reader: Reader, form: number, at: number, pointer: 4 | 8): Pointer | null {
  switch (form === 0 && pointer === 4 ? 0x03 : form) {
    case 0x02:
      return reader.has(at, 2) ? { value: reader.u16(at), next: at + 2 } : null;
    case 0x03:
      return reader.has(at, 4) ? { value: reader.u32(at), next: at + 4 } : null;
    case 0x0a:
      return reader.has(at, 2) ? { value: reader.i16(at), next: at + 2 } : null;
    case 0x0b:
      return reader.has(at, 4) ? { value: reader.i32(at), next: at + 4 } : null;
    case 0x00:
    case 0x04:
      return reader.has(at, 8) ? { value: reader.u64(at), next: at + 8 } : null;
    case 0x0c:
      return reader.has(at, 8) ? { value: reader.i32(at + 4) * 0x1_0000_0000 + reader.u32(at), next: at + 8 } : null;
    default:
      return null;
  }
}

/** Gives false where the table is broken; what was read before the break is kept. */
export function collectFrameStarts(reader: Reader, table: FrameTable, base: number, starts: StartCollector): boolean {
  const encodings = new Map<number, number>();
  const end = Math.min(table.at + table.size, reader.size);
  let at = table.at;
  while (at + 4 <= end && !starts.full) {
    let length = reader.u32(at);
    let body = at + 4;
    if (length === 0) return true;
    if (length === 0xffff_ffff) {
      length = reader.u64(body);
      body += 8;
    }
    const next = body + length;
    if (length < 4 || !(next <= end)) return false;
    const id = reader.u32(body);
    if (id !== 0) {
      const cie = body - id;
      let encoding = encodings.get(cie);
      if (encoding === undefined) {
        encoding = readPointerEncoding(reader, cie, end, table.pointer);
        encodings.set(cie, encoding);
      }
      if (encoding !== DW_EH_PE_OMIT) collectFde(reader, table, body + 4, encoding, base, starts);
    }
    at = next;
  }
  return true;
}

function collectFde(
  reader: Reader,
  table: FrameTable,
  at: number,
  encoding: number,
  base: number,
  starts: StartCollector,
): void {
  const { pointer } = table;
  const start = readPointer(reader, encoding, at, { rva: table.rva + at - table.at, dataRva: 0, base, pointer });
  if (start === null) return;
  const size = readRaw(reader, encoding & 0x07, start.next, pointer);
  if (size !== null && size.value > 0) starts.add(start.value, size.value);
}

/** The `R` entry of a CIE's augmentation; absolute pointers where there is none. */
function readPointerEncoding(reader: Reader, cie: number, end: number, pointer: 4 | 8): number {
  if (cie < 0 || reader.u32(cie) < 8 || reader.u32(cie + 4) !== 0) return DW_EH_PE_OMIT;
  let at = cie + 9;
  let augmentation = '';
  while (at < end && reader.u8(at) !== 0 && augmentation.length < 16) {
    augmentation += String.fromCharCode(reader.u8(at++));
  }
  at = skipLeb(reader, skipLeb(reader, at + 1));
  at = reader.u8(cie + 8) === 1 ? at + 1 : skipLeb(reader, at);
  if (!augmentation.startsWith('z')) return 0;
  at = skipLeb(reader, at);
  for (const letter of augmentation.slice(1)) {
    if (letter === 'R') return reader.u8(at);
    if (letter === 'L') at += 1;
    else if (letter === 'P') at += 1 + pointerSize(reader.u8(at), pointer);
    else if (letter !== 'S' && letter !== 'B') return DW_EH_PE_OMIT;
  }
  return 0;
}

function pointerSize(encoding: number, pointer: 4 | 8): number {
  const form = encoding & 0x07;
  return form === 2 ? 2 : form === 3 ? 4 : form === 0 ? pointer : 8;
}

function skipLeb(reader: Reader, at: number): number {
  let p = at;
  while (reader.u8(p) >= 0x80 && p - at < 10) p++;
  return p + 1;
}

/** `.eh_frame_hdr`: where `.eh_frame` lies, and a search table that serves when that one cannot be read. */
export interface FrameHeader {
  readonly frameRva: number | null;
  readonly collect: (starts: StartCollector) => void;
}

export function readFrameHeader(
  reader: Reader,
  at: number,
  rva: number,
  base: number,
  pointer: 4 | 8,
): FrameHeader | null {
  if (!reader.has(at, 8) || reader.u8(at) !== 1) return null;
  const frame = readPointer(reader, reader.u8(at + 1), at + 4, { rva: rva + 4, dataRva: rva, base, pointer });
  const countEncoding = reader.u8(at + 2);
  const tableEncoding = reader.u8(at + 3);
  const count = frame === null ? null : readRaw(reader, countEncoding & 0x0f, frame.next, pointer);
  return {
    frameRva: frame === null || frame.value < 0 ? null : frame.value,
    collect: (starts) => {
      // Every linker writes this one form: sorted pairs of 32 bits relative to the header.
      if (count === null || countEncoding === DW_EH_PE_OMIT || tableEncoding !== 0x3b) return;
      for (let i = 0, p = count.next; i < count.value && reader.has(p, 8) && !starts.full; i++, p += 8) {
        const start = rva + reader.i32(p);
        starts.add(pointer === 4 ? start >>> 0 : start, 0);
      }
    },
  };
}
