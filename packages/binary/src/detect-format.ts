import { Reader } from './reader.ts';
import type { Format } from './types.ts';

const ELF_MAGIC = 0x464c457f;
const MACHO_MAGICS: readonly number[] = [0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe];
const FAT_MAGIC = 0xbebafeca;
/** A Java class file has the magic of a universal binary; its version stands where the count of slices would. */
const MAX_FAT_SLICES = 30;

/** What the first bytes claim to be; `raw` where they claim nothing. Says nothing of whether the rest holds. */
export function detectFormat(bytes: Uint8Array): Format {
  const reader = new Reader(bytes);
  const magic = reader.u32(0);
  if (magic === ELF_MAGIC) return 'elf';
  if (MACHO_MAGICS.includes(magic)) return 'macho';
  if (magic === FAT_MAGIC && reader.u8(7) > 0 && reader.u8(7) <= MAX_FAT_SLICES && reader.u16(4) === 0) return 'macho';
  if (reader.u16(0) === 0x5a4d && reader.u32(reader.u32(0x3c)) === 0x4550) return 'pe';
  return 'raw';
}
