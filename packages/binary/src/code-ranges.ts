import type { ProblemList } from './problem-list.ts';
import type { CodeRange } from './types.ts';

const MAX_RVA = 0x1_0000_0000;

/**
 * Ascending, not overlapping, inside the bytes: whatever the headers claim, every byte is decoded at most once
 * per RVA, so work stays proportional to the input.
 */
export function normaliseRanges(
  claimed: readonly CodeRange[],
  byteCount: number,
  problems: ProblemList,
): readonly CodeRange[] {
  const sorted = [...claimed].sort((a, b) => a.rva - b.rva || a.offset - b.offset);
  const ranges: CodeRange[] = [];
  let budget = byteCount;
  let end = 0;
  for (const range of sorted) {
    const skip = Math.max(0, end - range.rva);
    if (skip > 0) problems.add('overlapping-code', 'Two executable ranges overlap; the first one counts', range.offset);
    const offset = range.offset + skip;
    const rva = range.rva + skip;
    const inside = Math.min(range.size - skip, byteCount - offset, MAX_RVA - rva);
    if (inside < range.size - skip) {
      problems.add('truncated-code', 'An executable range ends outside the bytes', range.offset);
    }
    const size = Math.min(inside, budget);
    if (!(size > 0) || !Number.isSafeInteger(offset) || offset < 0) continue;
    if (size < inside) problems.add('repeated-code', 'Executable ranges cover more than the bytes hold', range.offset);
    budget -= size;
    end = rva + size;
    ranges.push({ offset, rva, size });
  }
  return ranges;
}

const PAGE = 4096;

/**
 * In a mapped image only executable pages and headers are not zeros, so any other page with content is code that
 * the headers do not admit to: a stomped header, or data made executable at run time.
 */
export function pagesWithContent(bytes: Uint8Array, from: number, covered: readonly CodeRange[]): readonly CodeRange[] {
  const found: CodeRange[] = [];
  let start = -1;
  for (let page = from; page < bytes.length; page += PAGE) {
    const end = Math.min(page + PAGE, bytes.length);
    const wanted = !isCovered(page, covered) && hasContent(bytes, page, end);
    if (wanted && start < 0) start = page;
    if (!wanted && start >= 0) {
      found.push({ offset: start, rva: start, size: page - start });
      start = -1;
    }
  }
  if (start >= 0) found.push({ offset: start, rva: start, size: bytes.length - start });
  return found;
}

function isCovered(page: number, covered: readonly CodeRange[]): boolean {
  return covered.some((range) => page + PAGE > range.rva && page < range.rva + range.size);
}

function hasContent(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== 0) return true;
  return false;
}
