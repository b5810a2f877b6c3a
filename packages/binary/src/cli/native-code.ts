import type { CodeRange } from '../types.ts';
import type { CliImage } from './parse-cli.ts';

/** Methods are followed by headers and handler tables of the next; what is nearer than this belongs together. In bytes. */
const MAX_GAP = 256;

/** The executable ranges of an image with both kinds of code, without methods in CIL and metadata: those are no native code. */
export function nativeCode(
  code: readonly CodeRange[],
  { methods, metadataRva, metadataSize }: CliImage,
): readonly CodeRange[] {
  const managed: { from: number; to: number }[] = [];
  for (let i = 0; i < methods.rvas.length; i++) {
    const from = methods.rvas[i] ?? 0;
    const to = from + (methods.sizes[i] ?? 0);
    const last = managed.at(-1);
    if (last !== undefined && from - last.to < MAX_GAP) last.to = to;
    else managed.push({ from, to });
  }
  managed.push({ from: metadataRva, to: metadataRva + metadataSize });
  managed.sort((a, b) => a.from - b.from);
  return code.flatMap((range) => outside(range, managed));
}

function outside(
  range: CodeRange,
  managed: readonly { readonly from: number; readonly to: number }[],
): readonly CodeRange[] {
  const left: CodeRange[] = [];
  let at = range.rva;
  const end = range.rva + range.size;
  const keep = (to: number): void => {
    if (to > at) left.push({ offset: range.offset + at - range.rva, rva: at, size: to - at });
  };
  for (const { from, to } of managed) {
    if (to <= at || from >= end) continue;
    keep(Math.min(from, end));
    at = Math.max(at, to);
  }
  keep(end);
  return left;
}
