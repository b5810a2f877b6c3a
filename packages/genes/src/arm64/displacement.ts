/**
 * Signed distance in bytes from the instruction (ADRP: from its page) to where a PC-relative word leads; `relative` are
 * the bits of the displacement.
 */
export function displacementOf(relative: number, word: number): number {
  switch (relative) {
    // imm26
    case 0x03ff_ffff:
      return (word << 6) >> 4;
    // imm19
    case 0x00ff_ffe0:
      return ((word << 8) >> 13) << 2;
    // imm14
    case 0x0007_ffe0:
      return ((word << 13) >> 18) << 2;
    // immhi:immlo of ADR and ADRP
    case 0x60ff_ffe0: {
      const value = (((word << 8) >> 13) << 2) | ((word >>> 29) & 3);
      return word < 0 ? value * 4096 : value;
    }
    default:
      return 0;
  }
}
