import { detectFormat } from '../detect-format.ts';
import type { CodeRange } from '../types.ts';
import type { CliImage } from './parse-cli.ts';

/** Methods are followed by headers and handler tables of the next; what is nearer than this belongs together. In bytes. */
const MAX_GAP = 256;

/** Less than this beside an assembly in bare bytes is headers, imports and the stub that starts the runtime. */
const LEAST_CODE = 256;

interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * The native code of an image with methods. Where the header says IL only, that is what other executable sections hold:
 * the loader would not run them, but who maps the image by hand may. Else it is all but methods and metadata.
 */
export function nativeCode(code: readonly CodeRange[], cli: CliImage): readonly CodeRange[] {
  const managed = managedSpans(cli);
  if (!cli.ilOnly) return code.flatMap((range) => outside(range, managed));
  return code.filter(({ rva, size }) => !managed.some(({ from, to }) => from < rva + size && to > rva));
}

/**
 * The native code beside an assembly that was found in bytes without headers: loaders carry their assembly in the same
 * region. Bytes that begin as a PE file are that file.
 */
export function codeAround(bytes: Uint8Array, code: readonly CodeRange[], cli: CliImage): readonly CodeRange[] {
  if (!cli.ilOnly) return nativeCode(code, cli);
  if (detectFormat(bytes) === 'pe') return [];
  const whole = { from: cli.headerRva, to: cli.metadataRva + cli.metadataSize };
  const assembly = [...managedSpans(cli), whole].sort((a, b) => a.from - b.from);
  return code
    .flatMap((range) => outside(range, assembly))
    .filter(({ offset, size }) => spread(bytes, offset, size) >= LEAST_CODE);
}

/** Distance from the first to the last byte that is not zero. */
function spread(bytes: Uint8Array, from: number, size: number): number {
  let start = from;
  let end = from + size;
  while (start < end && bytes[start] === 0) start++;
  while (end > start && bytes[end - 1] === 0) end--;
  return end - start;
}

/** Methods and metadata, ascending. */
function managedSpans({ methods, headerRva, metadataRva, metadataSize }: CliImage): readonly Span[] {
  const spans: { from: number; to: number }[] = [];
  for (let i = 0; i < methods.rvas.length; i++) {
    const from = methods.rvas[i] ?? 0;
    const to = from + (methods.sizes[i] ?? 0);
    const last = spans.at(-1);
    if (last !== undefined && from - last.to < MAX_GAP) last.to = to;
    else spans.push({ from, to });
  }
  spans.push({ from: metadataRva, to: metadataRva + metadataSize }, { from: headerRva, to: headerRva + 72 });
  return spans.sort((a, b) => a.from - b.from);
}

function outside(range: CodeRange, managed: readonly Span[]): readonly CodeRange[] {
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
