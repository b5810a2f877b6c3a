/** SDM volume 2, 2.3.11: a longer instruction raises #GP. */
export const MAX_LENGTH = 15;

/** The decoder may look this far past the last byte; callers give it a buffer with as many zeros behind the code. */
export const PADDING = 32;

/** Bits of `Decoder.prefixes`. The first three are the mandatory-prefix bits. */
export const PREFIX = {
  operandSize: 1,
  rep: 2,
  repne: 4,
  lock: 8,
  addressSize: 16,
  fs: 32,
  gs: 64,
} as const;

export const OPCODE = 0;
export const ESCAPE = 1;
const VEX = 2;
const EVEX = 3;
export const XOP = 4;
export const REX = 5;
const LEGACY_PREFIX = 6;

/** What a byte is at the start of an instruction: in 64-bit mode, and from 256 on in 32-bit mode. */
export const BYTE_ROLE = new Uint8Array(512);
export const NARROW_ROLE = 256;
/** Bits that a prefix byte sets and, in the high half, clears. */
export const PREFIX_EFFECT = new Int32Array(256);

BYTE_ROLE.fill(REX, 0x40, 0x50);
for (const [byte, role] of [
  [0x0f, ESCAPE],
  [0xc4, VEX],
  [0xc5, VEX],
  [0x62, EVEX],
  [0x8f, XOP],
] as const) {
  BYTE_ROLE[byte] = role;
  BYTE_ROLE[NARROW_ROLE + byte] = role;
}
for (const [byte, sets, clears] of [
  [0x66, PREFIX.operandSize, 0],
  [0x67, PREFIX.addressSize, 0],
  [0xf0, PREFIX.lock, 0],
  [0xf2, PREFIX.repne, PREFIX.rep],
  [0xf3, PREFIX.rep, PREFIX.repne],
  [0x64, PREFIX.fs, PREFIX.gs],
  [0x65, PREFIX.gs, PREFIX.fs],
  [0x26, 0, 0],
  [0x2e, 0, 0],
  [0x36, 0, 0],
  [0x3e, 0, 0],
] as const) {
  BYTE_ROLE[byte] = LEGACY_PREFIX;
  BYTE_ROLE[NARROW_ROLE + byte] = LEGACY_PREFIX;
  PREFIX_EFFECT[byte] = sets | (clears << 16);
}

/** Root table index part for the low three prefix bits: F2 and F3 stand before 66. */
export const MANDATORY = new Int32Array([0, 1 << 8, 2 << 8, 2 << 8, 3 << 8, 3 << 8, 2 << 8, 2 << 8]);

/**
 * Low nibble: displacement bytes; 16: a SIB follows; 32: memory; 64: RIP-relative; 128: neither base nor index. Index:
 * ModRM, from 256 on in 32-bit mode, from 512 on with addresses of 16 bits.
 */
export const MODRM = new Uint8Array(3 * 256);
export const NARROW_MODRM = 256;
for (let modrm = 0; modrm < 0xc0; modrm++) {
  const mod = modrm >> 6;
  const rm = modrm & 7;
  const alone = mod === 0 && rm === 5;
  const displacement = mod === 1 ? 1 : mod === 2 || alone ? 4 : 0;
  const common = displacement | (rm === 4 ? 16 : 0) | 32;
  MODRM[modrm] = common | (alone ? 64 : 0);
  MODRM[NARROW_MODRM + modrm] = common | (alone ? 128 : 0);
  const shortAlone = mod === 0 && rm === 6;
  MODRM[512 + modrm] = (mod === 1 ? 1 : mod === 2 || shortAlone ? 2 : 0) | 32 | (shortAlone ? 128 : 0);
}

/** log2 of bytes by size code of an operand descriptor. */
export const SIZE_LOG = new Uint8Array([0, 0, 1, 2, 3, 0, 4, 5, 6, 0, 0, 0, 0, 0, 0, 0]);

/** VEX.pp to the root table's prefix part. */
export const VEX_PREFIX = new Int32Array([0, 1 << 8, 2 << 8, 3 << 8]);
export const VEX_ROW = new Uint8Array(32);
export const EVEX_ROW = new Uint8Array(16);
export const XOP_ROW = new Uint8Array(32);
VEX_ROW.set([4, 5, 6], 1);
VEX_ROW[7] = 7;
EVEX_ROW.set([8, 9, 10], 1);
EVEX_ROW.set([11, 12], 5);
XOP_ROW.set([13, 14, 15], 8);
