import type { Layout } from '@genehound/contract';

/** Bytes of a file's start that `imageFormat` needs. */
export const HEAD_BYTES = 64;

const MACH_O = new Set([
  0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe, 0xcafebabe, 0xcafebabf, 0xbebafeca, 0xbfbafeca,
]);

/** ELF, PE (by its MZ) or Mach-O by magic, else null. `head`: the first bytes. */
export function imageFormat(head: Uint8Array): 'elf' | 'pe' | 'macho' | null {
  if (head.length < 4) return null;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const word = view.getUint32(0);
  if (word === 0x7f454c46) return 'elf';
  if (view.getUint16(0) === 0x4d5a) return 'pe';
  if (!MACH_O.has(word)) return null;
  // A Java class starts like a fat Mach-O; its version number there is above any count of architectures.
  return word === 0xcafebabe && head.length >= 8 && view.getUint32(4) > 30 ? null : 'macho';
}

/** Why these bytes do not fit the route they came by, or null. Raw memory may look like anything. */
export function layoutProblem(layout: Layout, head: Uint8Array): string | null {
  if (layout === 'raw' || imageFormat(head) !== null) return null;
  return layout === 'file'
    ? 'a file must be an ELF, PE or Mach-O image; of other files only hash, path and size are taken'
    : 'a mapped image must start with an ELF, PE or Mach-O header; memory without one goes to the fileless route';
}
