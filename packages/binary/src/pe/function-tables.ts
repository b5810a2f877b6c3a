import type { Reader } from '../reader.ts';
import type { StartCollector } from '../start-collector.ts';
import type { Layout } from '../types.ts';
import { DIRECTORY, directoryOf, offsetOf, type PeHeader } from './pe-header.ts';

const MAX_PDATA_ENTRIES = 1 << 20;
const MAX_EXPORTS = 1 << 16;
const MAX_CALLBACKS = 64;

/**
 * Exception directory of x86-64: RUNTIME_FUNCTION {begin, end, unwind info}. An entry whose unwind info is chained
 * (UNW_FLAG_CHAININFO) describes a later part of a function, not the start of one.
 */
function collectPdata(reader: Reader, layout: Layout, header: PeHeader, starts: StartCollector): void {
  const table = directoryOf(reader, header, layout, DIRECTORY.exception);
  if (table === null) return;
  const count = Math.min(Math.floor(table.size / 12), MAX_PDATA_ENTRIES);
  for (let i = 0, p = table.at; i < count && reader.has(p, 12) && !starts.full; i++, p += 12) {
    const begin = reader.u32(p);
    const end = reader.u32(p + 4);
    const unwind = offsetOf(reader.u32(p + 8), header, layout);
    const chained = unwind >= 0 && ((reader.u8(unwind) >> 3) & 4) !== 0;
    if (begin !== 0 && end > begin && !chained) starts.add(begin, end - begin);
  }
}

/**
 * Exception directory of ARM64: {begin, unwind data}. Bits 0 and 1 of the data: 0 an RVA of an .xdata record, whose low 18
 * bits are the length in words, 1 the length in words in bits 2 to 12, 2 the same for a part of a function without prologue.
 */
function collectArmPdata(reader: Reader, layout: Layout, header: PeHeader, starts: StartCollector): void {
  const table = directoryOf(reader, header, layout, DIRECTORY.exception);
  if (table === null) return;
  const count = Math.min(Math.floor(table.size / 8), MAX_PDATA_ENTRIES);
  for (let i = 0, p = table.at; i < count && reader.has(p, 8) && !starts.full; i++, p += 8) {
    const begin = reader.u32(p);
    const data = reader.u32(p + 4);
    if (begin === 0 || (data & 3) > 1) continue;
    const words = (data & 3) === 1 ? (data >>> 2) & 0x7ff : reader.u32(offsetOf(data, header, layout)) & 0x3ffff;
    starts.add(begin, words * 4);
  }
}

/** Export directory: NumberOfFunctions at 20, AddressOfFunctions at 28. What points into the directory is a forwarder. */
function collectExports(reader: Reader, layout: Layout, header: PeHeader, starts: StartCollector): void {
  const table = directoryOf(reader, header, layout, DIRECTORY.export);
  if (table === null) return;
  const at = offsetOf(reader.u32(table.at + 28), header, layout);
  const count = Math.min(reader.u32(table.at + 20), MAX_EXPORTS);
  if (at < 0) return;
  for (let i = 0, p = at; i < count && reader.has(p, 4); i++, p += 4) {
    const rva = reader.u32(p);
    if (rva !== 0 && !(rva >= table.rva && rva < table.rva + table.size)) starts.add(rva, 0);
  }
}

/** TLS directory: AddressOfCallBacks is the fourth pointer, an address as the list's own entries are. */
function collectTlsCallbacks(
  reader: Reader,
  layout: Layout,
  header: PeHeader,
  base: bigint,
  starts: StartCollector,
): void {
  const table = directoryOf(reader, header, layout, DIRECTORY.tls);
  if (table === null) return;
  const size = header.wide ? 8 : 4;
  const pointer = (at: number): bigint => (header.wide ? reader.big(at) : BigInt(reader.u32(at)));
  const rvaOf = (address: bigint): number => (address < base ? -1 : Number(address - base));
  const at = offsetOf(Math.max(0, rvaOf(pointer(table.at + size * 3))), header, layout);
  if (at < 0) return;
  for (let i = 0, p = at; i < MAX_CALLBACKS && reader.has(p, size) && pointer(p) !== 0n; i++, p += size) {
    starts.add(rvaOf(pointer(p)), 0);
  }
}

/** All that a PE's tables say of where functions start; `base` is where the addresses in the bytes hold. */
export function collectTables(
  reader: Reader,
  layout: Layout,
  header: PeHeader,
  base: bigint,
  starts: StartCollector,
): void {
  if (header.entry !== 0) starts.add(header.entry, 0);
  if (header.instructionSet === 'x86-64') collectPdata(reader, layout, header, starts);
  if (header.instructionSet === 'arm64') collectArmPdata(reader, layout, header, starts);
  collectExports(reader, layout, header, starts);
  collectTlsCallbacks(reader, layout, header, base, starts);
}
