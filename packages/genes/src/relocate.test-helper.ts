import assert from 'node:assert/strict';

/** An address in an image that depends on where the image lies. */
interface Relocation {
  readonly rva: number;
  readonly size: 4 | 8;
  /** Its value for an image at 0; null: what the bytes have, less the base that they were linked for. */
  readonly target: bigint | null;
}

const SHF_ALLOC = 2n;
const R_386_32 = 1;
/** R_X86_64_RELATIVE and R_AARCH64_RELATIVE. */
const RELATIVE = new Set([8, 1027]);

/**
 * Every place that a loader or a linker changes when the image moves, read here on its own: by `.reloc` of a PE, by the
 * relocation sections of an ELF (dynamic ones, or those that the linker was told to keep). `base`: of the image as it is.
 */
export function relocationsOf(bytes: Uint8Array, base: bigint): readonly Relocation[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return bytes[0] === 0x4d ? ofPe(view) : bytes[4] === 2 ? ofElf64(view, base) : ofElf32(view, base);
}

function ofElf64(view: DataView, base: bigint): readonly Relocation[] {
  const found: Relocation[] = [];
  const sections = Number(view.getBigUint64(40, true));
  for (let i = 0; i < view.getUint16(60, true); i++) {
    const at = sections + i * 64;
    if (view.getUint32(at + 4, true) !== 4) continue;
    const from = Number(view.getBigUint64(at + 24, true));
    for (let p = from; p < from + Number(view.getBigUint64(at + 32, true)); p += 24) {
      if (!RELATIVE.has(view.getUint32(p + 8, true))) continue;
      const target = view.getBigInt64(p + 16, true) - base;
      found.push({ rva: Number(view.getBigUint64(p, true) - base), size: 8, target });
    }
  }
  return found;
}

function ofElf32(view: DataView, base: bigint): readonly Relocation[] {
  const found: Relocation[] = [];
  const sections = view.getUint32(32, true);
  for (let i = 0; i < view.getUint16(48, true); i++) {
    const at = sections + i * 40;
    const of = sections + view.getUint32(at + 28, true) * 40;
    if (view.getUint32(at + 4, true) !== 9 || (BigInt(view.getUint32(of + 8, true)) & SHF_ALLOC) === 0n) continue;
    const from = view.getUint32(at + 16, true);
    for (let p = from; p < from + view.getUint32(at + 20, true); p += 8) {
      if ((view.getUint32(p + 4, true) & 0xff) !== R_386_32) continue;
      found.push({ rva: view.getUint32(p, true) - Number(base), size: 4, target: null });
    }
  }
  return found;
}

function ofPe(view: DataView): readonly Relocation[] {
  const optional = view.getUint32(0x3c, true) + 24;
  const directories = optional + (view.getUint16(optional, true) === 0x20b ? 112 : 96);
  const [table, size] = [view.getUint32(directories + 40, true), view.getUint32(directories + 44, true)];
  const start = peOffset(view, table);
  const found: Relocation[] = [];
  for (let block = start; block < start + size; block += view.getUint32(block + 4, true)) {
    for (let p = block + 8; p < block + view.getUint32(block + 4, true); p += 2) {
      const entry = view.getUint16(p, true);
      if (entry >> 12 === 0) continue;
      const rva = view.getUint32(block, true) + (entry & 0xfff);
      found.push({ rva, size: entry >> 12 === 3 ? 4 : 8, target: null });
    }
  }
  return found;
}

/** Where an RVA lies in a PE file. */
function peOffset(view: DataView, rva: number): number {
  const coff = view.getUint32(0x3c, true) + 4;
  const sections = coff + 20 + view.getUint16(coff + 16, true);
  for (let i = 0; i < view.getUint16(coff + 2, true); i++) {
    const at = sections + i * 40;
    const from = view.getUint32(at + 12, true);
    if (rva >= from && rva < from + view.getUint32(at + 16, true)) return view.getUint32(at + 20, true) + rva - from;
  }
  return assert.fail(`RVA ${rva} lies in no section`);
}

/** Writes into `bytes`, which hold the image from `rva` on, the addresses that it has at `to`. Gives how many there were. */
export function relocate(
  bytes: Uint8Array,
  rva: number,
  relocations: readonly Relocation[],
  from: bigint,
  to: bigint,
): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let count = 0;
  for (const { rva: place, size, target } of relocations) {
    const at = place - rva;
    if (at < 0 || at + size > bytes.length) continue;
    count++;
    if (size === 4) view.setUint32(at, view.getUint32(at, true) + Number(BigInt.asUintN(32, to - from)), true);
    else view.setBigUint64(at, target === null ? view.getBigUint64(at, true) + to - from : target + to, true);
  }
  return count;
}

/** A copy of a PE file as if it had been linked for `to`. */
export function rebasedPe(file: Uint8Array, from: bigint, to: bigint): Uint8Array {
  const copy = file.slice();
  const view = new DataView(copy.buffer);
  const optional = view.getUint32(0x3c, true) + 24;
  for (const relocation of relocationsOf(file, from)) {
    const at = peOffset(view, relocation.rva);
    relocate(copy.subarray(at, at + relocation.size), relocation.rva, [relocation], from, to);
  }
  if (view.getUint16(optional, true) === 0x20b) view.setBigUint64(optional + 24, to, true);
  else view.setUint32(optional + 28, Number(to), true);
  return copy;
}
