import type { Reader } from '../reader.ts';
import type { StartCollector } from '../start-collector.ts';
import type { InstructionSet, Layout } from '../types.ts';
import { DIRECTORY, directoryOf, offsetOf, type PeHeader } from './pe-header.ts';

/** IMAGE_REL_BASED_HIGHLOW and IMAGE_REL_BASED_DIR64: a whole address of 32 or 64 bits. */
const HIGHLOW = 3;
const DIR64 = 10;

/**
 * Base relocations: blocks of {page, size} and 16-bit entries, type in the high four bits. Visits the place of each address
 * as an index into the bytes; no more entries than the bytes hold.
 */
function eachRelocation(
  reader: Reader,
  layout: Layout,
  header: PeHeader,
  visit: (at: number, size: 4 | 8) => void,
): void {
  const table = directoryOf(reader, header, layout, DIRECTORY.relocation);
  if (table === null) return;
  const end = Math.min(table.at + table.size, reader.size);
  for (let block = table.at; block + 8 <= end; ) {
    const page = reader.u32(block);
    const size = reader.u32(block + 4);
    if (size < 8) return;
    for (let p = block + 8; p + 2 <= Math.min(block + size, end); p += 2) {
      const entry = reader.u16(p);
      const type = entry >> 12;
      if (type !== HIGHLOW && type !== DIR64) continue;
      const at = offsetOf(page + (entry & 0xfff), header, layout);
      if (at >= 0) visit(at, type === HIGHLOW ? 4 : 8);
    }
    block += size;
  }
}

/**
 * Addresses that the loader relocates and that lead to what looks like a function's first instruction: callbacks, virtual
 * functions. Entries of jump tables lead into functions and do not look so.
 */
export function collectRelocated(
  reader: Reader,
  layout: Layout,
  header: PeHeader,
  base: bigint,
  starts: StartCollector,
): void {
  const looksLikeStart = START[header.instructionSet ?? 'arm64'];
  if (looksLikeStart === undefined) return;
  const low = Number(base);
  eachRelocation(reader, layout, header, (at, size) => {
    const rva = (size === 4 ? reader.u32(at) : reader.u64(at)) - low;
    if (!(rva > 0 && rva < 0xffff_ffff)) return;
    const place = offsetOf(rva, header, layout);
    if (place > 0 && isApart(reader, rva, place) && looksLikeStart(reader, place)) starts.add(rva, 0);
  });
}

/** Aligned as compilers align functions, or behind RET, padding or zeros. */
function isApart(reader: Reader, rva: number, at: number): boolean {
  if ((rva & 15) === 0) return true;
  const before = reader.u8(at - 1);
  return before === 0xc3 || before === 0xcc || before === 0x90 || before === 0;
}

const isPush = (byte: number): boolean => (byte & 0xf8) === 0x50;

/** PUSH of a register, `sub esp, n`, `mov edi, edi`, `lea ecx, [esp+4]`, ENDBR32; in 64-bit mode also saving registers beside the frame. */
const START: Readonly<Partial<Record<InstructionSet, (reader: Reader, at: number) => boolean>>> = {
  x86: (reader, at) => {
    const first = reader.u8(at);
    const word = reader.u16(at);
    if (isPush(first) || word === 0xec83 || word === 0xec81 || word === 0xff8b) return true;
    return [0xfb1e0ff3, 0x04244c8d].includes(reader.u32(at));
  },
  'x86-64': (reader, at) => {
    const first = reader.u8(at);
    const dword = reader.u32(at);
    if (isPush(first) || ((first === 0x40 || first === 0x41) && isPush(reader.u8(at + 1)))) return true;
    const three = dword & 0xffffff;
    // sub rsp, n · mov [rsp+8], r · mov rax, rsp · mov r11, rsp · ENDBR64
    return (
      [0xec8348, 0xec8148, 0xc48b48, 0xdc8b4c].includes(three) ||
      ((dword & 0xc7fff8) === 0x448948 && reader.u8(at + 3) === 0x24) ||
      dword === 0xfa1e0ff3
    );
  },
};
