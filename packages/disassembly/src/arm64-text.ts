import loadCapstone from '@alexaltea/capstone-js';
import { type Formatter, hex, type LineText } from './line-text.ts';

const WORD = 4;

let loading: ReturnType<typeof loadCapstone> | null = null;

/** A64 with its aliases, by Capstone. Loads 3 MB of WebAssembly the first time. */
export async function arm64Text(bytes: Uint8Array): Promise<Formatter> {
  loading ??= loadCapstone();
  const capstone = await loading;
  const handle = new capstone.Capstone(capstone.ARCH_ARM64, capstone.MODE_ARM);
  const textAt = (at: number, rva: number): string | null => {
    try {
      const [found] = handle.disasm(bytes.subarray(at, at + WORD), rva, 1);
      return found === undefined ? null : `${found.mnemonic} ${found.op_str}`.trimEnd();
    } catch {
      // So it says that the word is no instruction.
      return null;
    }
  };
  return {
    line(at, end, rva): LineText | null {
      if (at + WORD > end || rva % WORD !== 0) return null;
      const text = textAt(at, rva);
      return text === null ? null : { size: WORD, text };
    },
    data(at, end): LineText {
      if (at + WORD > end) return { size: 1, text: `.byte ${hex(bytes[at] ?? 0)}` };
      const word = new DataView(bytes.buffer, bytes.byteOffset + at, WORD).getUint32(0, true);
      return { size: WORD, text: `.word ${hex(word)}` };
    },
    free: () => handle.close(),
  };
}
