import type { CliMethods } from '@genehound/binary';
import { CIL, lengthAt, OPERAND, opcodeAt } from './spec.ts';

/**
 * Methods in a listing by Mono's `monodis`, by the RVA of their code: one line per instruction, `offset name` and, of a branch,
 * `target`.
 */
export function methodsOfListing(listing: string): ReadonlyMap<number, readonly string[]> {
  const methods = new Map<number, readonly string[]>();
  let lines: string[] = [];
  for (const line of listing.split('\n')) {
    const begin = /Method begins at RVA 0x([0-9a-f]+)/.exec(line)?.[1];
    if (begin !== undefined) {
      lines = [];
      methods.set(Number.parseInt(begin, 16), lines);
      continue;
    }
    const [, at, name, operand] = /^\s*IL_([0-9a-f]{4,}): {2}(\S+) ?(.*)$/.exec(line) ?? [];
    if (at === undefined || name === undefined) continue;
    const target = /^IL_([0-9a-f]+)$/.exec(operand?.trim() ?? '')?.[1];
    lines.push(describe(Number.parseInt(at, 16), name, target === undefined ? undefined : Number.parseInt(target, 16)));
  }
  return methods;
}

function describe(at: number, name: string, target: number | undefined): string {
  return target === undefined ? `${at} ${name}` : `${at} ${name} ${target}`;
}

/** The same by our decoder, for one method. */
export function methodLines(bytes: Uint8Array, methods: CliMethods, index: number): readonly string[] {
  const size = methods.sizes[index] ?? 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset + (methods.offsets[index] ?? 0), size);
  const lines: string[] = [];
  for (let at = 0; at < size; ) {
    const length = lengthAt(view, at, size);
    if (length === 0) return [...lines, `${at} nothing`];
    const opcode = opcodeAt(view, at, size);
    const next = at + length;
    const distance =
      CIL.operand[opcode] !== OPERAND.branch
        ? undefined
        : length === 2
          ? view.getInt8(next - 1)
          : view.getInt32(next - 4, true);
    lines.push(describe(at, CIL.names[opcode] ?? '', distance === undefined ? undefined : next + distance));
    at = next;
  }
  return lines;
}
