import { readFileSync } from 'node:fs';
import { type Image, parseImage } from '@genehound/binary';
import { discoverFunctions } from '@genehound/genes';
import { symbolsOf } from './symbols.ts';

const SHT_SYMTAB = 2;

/** Both 0 to 1. */
export interface Measure {
  /** Of the functions that symbols name, how many were found. */
  readonly recall: number;
  /** Of what was found, how much symbols name; null for PE, whose symbols leave out what
   * linkers and Wine's relays make. */
  readonly precision: number | null;
}

interface Recall {
  readonly format: 'elf' | 'pe';
  readonly functions: number;
  /** In the file, its symbols hidden. */
  readonly file: Measure;
  /** In its code alone, as bare memory: no table says anything. */
  readonly raw: Measure;
}

/** A copy whose `.symtab` no parser recognises, as `strip` leaves it: the section's type becomes 0. */
function withoutSymbols(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  const wide = copy[4] === 2;
  const at = wide ? Number(view.getBigUint64(40, true)) : view.getUint32(32, true);
  const size = view.getUint16(wide ? 58 : 46, true);
  for (let i = 0; i < view.getUint16(wide ? 60 : 48, true); i++) {
    const type = at + i * size + 4;
    if (view.getUint32(type, true) === SHT_SYMTAB) view.setUint32(type, 0, true);
  }
  return copy;
}

/** A jump through an import slot (FF 25), made by the linker: it has neither unwind data nor code of its own. */
function isThunk(bytes: Uint8Array, image: Image, rva: number): boolean {
  const range = image.code.find((one) => rva >= one.rva && rva < one.rva + one.size);
  const at = range === undefined ? -1 : range.offset + rva - range.rva;
  return bytes[at] === 0xff && bytes[at + 1] === 0x25;
}

/** null where the file has no symbols. */
export function measureRecall(path: string): Recall | null {
  const original = new Uint8Array(readFileSync(path));
  const { format } = parseImage(original, 'file');
  if (format !== 'elf' && format !== 'pe') return null;
  const bytes = format === 'elf' ? withoutSymbols(original) : original;
  const image = parseImage(bytes, 'file');
  const symbols = symbolsOf(path, format, image.base);
  const inCode = (rva: number): boolean => image.code.some((range) => rva >= range.rva && rva < range.rva + range.size);
  const wanted = [...symbols].filter((rva) => inCode(rva) && !isThunk(bytes, image, rva)).sort((a, b) => a - b);
  if (wanted.length < 20) return null;
  const bare: number[] = [];
  for (const { offset, size, rva } of image.code) {
    const code = bytes.slice(offset, offset + size);
    const options = image.instructionSet === null ? {} : { instructionSet: image.instructionSet };
    for (const start of discoverFunctions(code, parseImage(code, 'raw', options))) bare.push(rva + start);
  }
  const [first = 0, last = 0] = [wanted[0], wanted.at(-1)];
  const measure = (starts: Iterable<number>): Measure => {
    const found = new Set(starts);
    const claimed = [...found].filter((rva) => rva >= first && rva <= last && !isThunk(bytes, image, rva));
    const right = claimed.filter((rva) => symbols.has(rva)).length;
    return {
      recall: wanted.filter((rva) => found.has(rva)).length / wanted.length,
      precision: format === 'elf' ? right / Math.max(1, claimed.length) : null,
    };
  };
  return { format, functions: wanted.length, file: measure(discoverFunctions(bytes, image)), raw: measure(bare) };
}
