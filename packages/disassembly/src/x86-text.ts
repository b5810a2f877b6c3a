import { Code, Decoder, FormatterSyntax, Formatter as IcedFormatter, Instruction } from 'iced-x86';
import { type Formatter, hex, type LineText } from './line-text.ts';

/** x86 in Intel's syntax, by iced-x86: the decoder that ours was compared with, instruction by instruction. */
export function x86Text(bytes: Uint8Array, bits: 32 | 64): Formatter {
  const decoder = new Decoder(bits, bytes, 0);
  const instruction = new Instruction();
  const formatter = new IcedFormatter(FormatterSyntax.Intel);
  formatter.hexPrefix = '0x';
  formatter.hexSuffix = '';
  formatter.uppercaseHex = false;
  formatter.leadingZeros = false;
  formatter.branchLeadingZeros = false;
  formatter.spaceAfterOperandSeparator = true;
  formatter.showBranchSize = false;
  return {
    line(at, end, rva): LineText | null {
      decoder.position = at;
      decoder.ip = BigInt(rva);
      decoder.decodeOut(instruction);
      if (instruction.code === Code.INVALID || at + instruction.length > end) return null;
      return { size: instruction.length, text: formatter.format(instruction) };
    },
    data: (at) => ({ size: 1, text: `db ${hex(bytes[at] ?? 0)}` }),
    free(): void {
      formatter.free();
      instruction.free();
      decoder.free();
    },
  };
}
