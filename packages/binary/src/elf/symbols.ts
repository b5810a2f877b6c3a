import type { ProblemList } from '../problem-list.ts';
import type { Reader } from '../reader.ts';
import type { StartCollector } from '../start-collector.ts';
import type { Layout } from '../types.ts';
import type { ElfHeader } from './elf-header.ts';
import { offsetOf, PT_DYNAMIC, type Segments } from './segments.ts';

const SHT_SYMTAB = 2;
const SHT_DYNSYM = 11;
const MAX_SYMBOLS = 1 << 21;
/** A file has one of each kind; a hostile one may name the same table many times. */
const MAX_TABLES = 4;

/**
 * Defined symbols of type FUNC or GNU_IFUNC. Elf64_Sym: info at 4, section at 6, value at 8, size at 16; Elf32_Sym: value
 * at 4, size at 8, info at 12, section at 14.
 */
function collectTable(
  reader: Reader,
  at: number,
  count: number,
  wide: boolean,
  base: bigint,
  starts: StartCollector,
): void {
  const baseLow = Number(base & 0xffff_ffffn);
  const baseHigh = Number(base >> 32n);
  const step = wide ? 24 : 16;
  const limit = Math.min(count, MAX_SYMBOLS);
  for (let i = 0, p = at; i < limit && reader.has(p, step) && !starts.full; i++, p += step) {
    const type = reader.u8(p + (wide ? 4 : 12)) & 0x0f;
    if ((type !== 2 && type !== 10) || reader.u16(p + (wide ? 6 : 14)) === 0) continue;
    if (wide) {
      const rva = (reader.u32(p + 12) - baseHigh) * 0x1_0000_0000 + reader.u32(p + 8) - baseLow;
      starts.add(rva, reader.u64(p + 16));
    } else {
      starts.add(reader.u32(p + 4) - baseLow, reader.u32(p + 8));
    }
  }
}

export function collectSectionSymbols(
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
  let tables = 0;
  for (let i = 0; i < count && tables < MAX_TABLES; i++) {
    const p = at + i * entrySize;
    if (!reader.has(p, least)) {
      problems.add('truncated-section-headers', 'Section headers end outside the bytes', at);
      return;
    }
    const type = reader.u32(p + 4);
    if (type !== SHT_SYMTAB && type !== SHT_DYNSYM) continue;
    tables++;
    const table = wide ? reader.u64(p + 24) : reader.u32(p + 16);
    const size = wide ? reader.u64(p + 32) : reader.u32(p + 20);
    collectTable(reader, table, Math.floor(size / (wide ? 24 : 16)), wide, base, starts);
  }
}

const DT_HASH = 4;
const DT_SYMTAB = 6;
const DT_INIT = 12;
const DT_FINI = 13;
const DT_GNU_HASH = 0x6ffffef5;
const MAX_DYNAMIC_ENTRIES = 4096;

/** Elf64_Dyn or Elf32_Dyn entries as RVAs, the last of each tag. */
function readDynamic(reader: Reader, at: number, wide: boolean, base: bigint): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  const step = wide ? 16 : 8;
  for (let i = 0, p = at; i < MAX_DYNAMIC_ENTRIES && reader.has(p, step); i++, p += step) {
    const tag = wide ? reader.u64(p) : reader.u32(p);
    if (tag === 0) break;
    found.set(tag, Number((wide ? reader.big(p + 8) : BigInt(reader.u32(p + 4))) - base));
  }
  return found;
}

/** What the loader uses: present even where a file has been stripped of its section headers. */
export function collectDynamic(
  reader: Reader,
  wide: boolean,
  segments: Segments,
  layout: Layout,
  starts: StartCollector,
): void {
  const segment = segments.list.find((s) => s.type === PT_DYNAMIC);
  if (segment === undefined) return;
  const at = offsetOf(segment.rva, segments, layout, reader.size);
  if (at < 0) return;
  const dynamic = readDynamic(reader, at, wide, segments.base);
  for (const tag of [DT_INIT, DT_FINI]) {
    const rva = dynamic.get(tag);
    if (rva !== undefined) starts.add(rva, 0);
  }
  const table = place(dynamic.get(DT_SYMTAB), segments, layout, reader.size);
  const hash = place(dynamic.get(DT_HASH), segments, layout, reader.size);
  const gnuHash = place(dynamic.get(DT_GNU_HASH), segments, layout, reader.size);
  if (table < 0) return;
  const count = hash >= 0 ? reader.u32(hash + 4) : gnuHash >= 0 ? gnuSymbolCount(reader, gnuHash, wide) : 0;
  collectTable(reader, table, count, wide, segments.base, starts);
}

function place(rva: number | undefined, segments: Segments, layout: Layout, size: number): number {
  return rva === undefined || !(rva >= 0) ? -1 : offsetOf(rva, segments, layout, size);
}

/** The GNU hash table has no count: the last chain's end is the last symbol. */
function gnuSymbolCount(reader: Reader, at: number, wide: boolean): number {
  const buckets = reader.u32(at);
  const first = reader.u32(at + 4);
  const bucketsAt = at + 16 + reader.u32(at + 8) * (wide ? 8 : 4);
  let last = 0;
  for (let i = 0; i < buckets && reader.has(bucketsAt + i * 4, 4); i++) {
    last = Math.max(last, reader.u32(bucketsAt + i * 4));
  }
  if (last < first) return first;
  let chain = bucketsAt + buckets * 4 + (last - first) * 4;
  while (reader.has(chain, 4) && (reader.u32(chain) & 1) === 0) {
    chain += 4;
    last++;
  }
  return last + 1;
}
