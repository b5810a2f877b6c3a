/** Test support: writes small ELF64 files, honest or not. Only tests import it. */
export interface ElfPart {
  readonly type: number;
  /** PF_X 1, PF_W 2, PF_R 4. */
  readonly flags: number;
  readonly address: bigint;
  readonly bytes: Uint8Array;
  /** Where they differ from what `bytes` says. */
  readonly fileSize?: bigint;
  readonly memorySize?: bigint;
}

export interface ElfPlan {
  readonly machine?: number;
  readonly entry?: bigint;
  readonly parts: readonly ElfPart[];
}

const HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;

/** Parts follow each other from the first page on, each at an offset congruent to its address. */
export function writeElf(plan: ElfPlan): Uint8Array {
  const offsets: number[] = [];
  let at = HEADER_SIZE + PROGRAM_HEADER_SIZE * plan.parts.length;
  for (const part of plan.parts) {
    at += (Number(part.address & 0xfffn) - (at & 0xfff) + 0x1000) & 0xfff;
    offsets.push(at);
    at += part.bytes.length;
  }
  const bytes = new Uint8Array(at);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 3, true);
  view.setUint16(18, plan.machine ?? 62, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, plan.entry ?? 0n, true);
  view.setBigUint64(32, BigInt(HEADER_SIZE), true);
  view.setUint16(52, HEADER_SIZE, true);
  view.setUint16(54, PROGRAM_HEADER_SIZE, true);
  view.setUint16(56, plan.parts.length, true);
  plan.parts.forEach((part, i) => {
    const p = HEADER_SIZE + PROGRAM_HEADER_SIZE * i;
    const offset = offsets[i] ?? 0;
    view.setUint32(p, part.type, true);
    view.setUint32(p + 4, part.flags, true);
    view.setBigUint64(p + 8, BigInt(offset), true);
    view.setBigUint64(p + 16, part.address, true);
    view.setBigUint64(p + 24, part.address, true);
    view.setBigUint64(p + 32, part.fileSize ?? BigInt(part.bytes.length), true);
    view.setBigUint64(p + 40, part.memorySize ?? BigInt(part.bytes.length), true);
    bytes.set(part.bytes, offset);
  });
  return bytes;
}

/** `.eh_frame` at `rva` with one CIE (zR, pc-relative 32 bits) and an FDE per function; terminated. */
export function writeFrames(rva: number, functions: readonly (readonly [start: number, size: number])[]): Uint8Array {
  const bytes = new Uint8Array(20 + functions.length * 20 + 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 16, true);
  bytes.set([1, 0x7a, 0x52, 0, 1, 0x78, 16, 1, 0x1b], 8);
  functions.forEach(([start, size], i) => {
    const at = 20 + i * 20;
    view.setUint32(at, 16, true);
    view.setUint32(at + 4, at + 4, true);
    view.setInt32(at + 8, start - (rva + at + 8), true);
    view.setUint32(at + 12, size, true);
  });
  return bytes;
}

/** `.eh_frame_hdr` at `rva` that points to a table at `frameRva`, with a search table of its own. */
export function writeFrameHeader(rva: number, frameRva: number, starts: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(12 + starts.length * 8);
  const view = new DataView(bytes.buffer);
  bytes.set([1, 0x1b, 0x03, 0x3b]);
  view.setInt32(4, frameRva - (rva + 4), true);
  view.setUint32(8, starts.length, true);
  starts.forEach((start, i) => {
    view.setInt32(12 + i * 8, start - rva, true);
  });
  return bytes;
}
