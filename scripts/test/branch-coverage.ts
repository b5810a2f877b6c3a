import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A stretch of source that runs or does not run as one: a branch, or a function. Offsets as in the file. */
interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

export interface FileCoverage {
  readonly branches: number;
  readonly taken: number;
  /** Branches that no test took, but for fallbacks of indexed reads. `line` from 1. */
  readonly missed: readonly { readonly line: number; readonly text: string }[];
  /** Fallbacks of indexed reads that were never taken: `?? 0` behind `bytes[i]`, which the type checker asks for. */
  readonly fallbacks: number;
}

type Scripts = Map<string, (readonly Stretch[])[]>;

const isStretch = (value: unknown): value is { startOffset: number; endOffset: number; count: number } =>
  typeof value === 'object' && value !== null && 'startOffset' in value && 'endOffset' in value && 'count' in value;

/** Of every process that wrote its coverage into the folder (NODE_V8_COVERAGE): stretches by file. */
function readScripts(folder: string, wanted: (path: string) => boolean): Scripts {
  const scripts: Scripts = new Map();
  for (const name of readdirSync(folder).filter((one) => one.startsWith('coverage-'))) {
    const { result } = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    for (const { url, functions } of result) {
      const path = url.startsWith('file://') ? fileURLToPath(url) : '';
      if (!wanted(path)) continue;
      const stretches: Stretch[] = [];
      for (const { ranges } of functions) {
        for (const range of ranges) {
          if (isStretch(range)) stretches.push({ start: range.startOffset, end: range.endOffset, count: range.count });
        }
      }
      scripts.set(path, [...(scripts.get(path) ?? []), stretches]);
    }
  }
  return scripts;
}

/** How often the stretch ran in a process: V8 leaves out one that ran as often as what is around it. */
function countIn(process: readonly Stretch[], start: number, end: number): number {
  let best: Stretch | undefined;
  for (const one of process) {
    if (one.start > start || one.end < end) continue;
    if (best === undefined || one.end - one.start < best.end - best.start) best = one;
  }
  return best?.count ?? 0;
}

const FALLBACK = /^\s*\?\?\s*(?:-?\d+n?|0x[\da-f_]+|Number\.\w+|''|NONE|none)$/i;

function coverageOf(path: string, processes: readonly (readonly Stretch[])[]): FileCoverage {
  const source = readFileSync(path, 'utf8');
  const distinct = new Map<string, Stretch>();
  for (const stretches of processes) {
    // The first is the whole file.
    for (const one of stretches.slice(1)) distinct.set(`${one.start}:${one.end}`, one);
  }
  const missed: { line: number; text: string }[] = [];
  let fallbacks = 0;
  for (const { start, end } of distinct.values()) {
    if (processes.some((process) => countIn(process, start, end) > 0)) continue;
    const text = source.slice(start, end);
    if (FALLBACK.test(text)) fallbacks++;
    else
      missed.push({ line: source.slice(0, start).split('\n').length, text: text.replaceAll(/\s+/g, ' ').slice(0, 80) });
  }
  missed.sort((a, b) => a.line - b.line);
  return { branches: distinct.size, taken: distinct.size - missed.length - fallbacks, missed, fallbacks };
}

/** By path, for the files that are wanted and were loaded by any process. */
export function branchCoverage(folder: string, wanted: (path: string) => boolean): ReadonlyMap<string, FileCoverage> {
  return new Map([...readScripts(folder, wanted)].map(([path, processes]) => [path, coverageOf(path, processes)]));
}
