import { cil } from '@genehound/genes';
import { type Formatter, hex, type LineText } from './line-text.ts';

/** Targets that are named of a `switch`; the others are counted. */
const MOST_TARGETS = 16;

/**
 * CIL by our own table, in the words of ECMA-335. Tokens of metadata are shown as numbers: their names are the image's,
 * not the code's. `rva` of a branch's target as of the instruction itself.
 */
export function cilText(bytes: Uint8Array): Formatter {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    line(at, end, rva): LineText | null {
      const size = cil.lengthAt(view, at, end);
      if (size === 0) return null;
      const opcode = cil.opcodeAt(view, at, end);
      const operand = operandOf(view, opcode, at, size, rva);
      const name = cil.CIL.names[opcode] ?? '';
      return { size, text: operand === '' ? name : `${name} ${operand}` };
    },
    data: (at) => ({ size: 1, text: `.byte ${hex(bytes[at] ?? 0)}` }),
    free: () => undefined,
  };
}

function operandOf(view: DataView, opcode: number, at: number, size: number, rva: number): string {
  const end = at + size;
  const width = cil.CIL.size[opcode] ?? 0;
  const from = end - width;
  const target = (distance: number): string => hex((rva + size + distance) >>> 0);
  switch (cil.CIL.operand[opcode]) {
    case cil.OPERAND.slot:
      return String(width === 1 ? view.getUint8(from) : view.getUint16(from, true));
    case cil.OPERAND.constant:
      return constantOf(view, cil.CIL.names[opcode] ?? '', from, width);
    case cil.OPERAND.branch:
      return target(width === 1 ? view.getInt8(from) : view.getInt32(from, true));
    case cil.OPERAND.token:
    case cil.OPERAND.string:
      return hex(view.getUint32(from, true));
    case cil.OPERAND.switch: {
      const count = (size - 5) / 4;
      const named = Array.from({ length: Math.min(count, MOST_TARGETS) }, (_one, i) =>
        target(view.getInt32(at + 5 + 4 * i, true)),
      );
      return `(${named.join(', ')}${count > MOST_TARGETS ? `, and ${count - MOST_TARGETS} more` : ''})`;
    }
    default:
      return '';
  }
}

function constantOf(view: DataView, name: string, at: number, width: number): string {
  if (name === 'ldc.r4') return String(view.getFloat32(at, true));
  if (name === 'ldc.r8') return String(view.getFloat64(at, true));
  if (width === 8) return String(view.getBigInt64(at, true));
  return String(width === 1 ? view.getInt8(at) : view.getInt32(at, true));
}
