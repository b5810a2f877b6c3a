import { relative } from 'node:path';
import { branchCoverage, type FileCoverage } from './branch-coverage.ts';
import { LEAST_COVERED, NO_PARSER, PARSERS, type Parser } from './parsers.table.ts';

export interface ParserCoverage {
  readonly parser: string;
  readonly branches: number;
  readonly taken: number;
  /** The share, and where it is too small the branches that no test takes. */
  readonly report: string;
  readonly enough: boolean;
}

const SHOWN = 40;

function sum(parser: Parser, files: readonly (readonly [string, FileCoverage])[]): ParserCoverage {
  const own = files.filter(([path]) => parser.files.test(path));
  const branches = own.reduce((total, [, file]) => total + file.branches, 0);
  const taken = own.reduce((total, [, file]) => total + file.taken, 0);
  const fallbacks = own.reduce((total, [, file]) => total + file.fallbacks, 0);
  // A parser without branches is one whose files were moved.
  const enough = branches > 0 && taken >= (branches - fallbacks) * LEAST_COVERED;
  const percent = (of: number): string => `${((100 * taken) / Math.max(1, of)).toFixed(1)} %`;
  const all = `${percent(branches)} of all ${branches}`;
  const line = `${parser.name.padEnd(12)} ${percent(branches - fallbacks)} of branches; ${all}, with ${fallbacks} fallbacks of indexed reads`;
  const missed = own.flatMap(([path, file]) => file.missed.map(({ line, text }) => `  ${path}:${line} ${text}`));
  return {
    parser: parser.name,
    branches,
    taken,
    enough,
    report: [line, ...(enough ? [] : missed.slice(0, SHOWN))].join('\n'),
  };
}

/** How much of each parser the processes ran that wrote into the folder (NODE_V8_COVERAGE). */
export function parserCoverage(root: string, folder: string): readonly ParserCoverage[] {
  const isParser = (path: string): boolean => {
    const place = relative(root, path);
    return !NO_PARSER.test(place) && PARSERS.some(({ files }) => files.test(place));
  };
  const found = [...branchCoverage(folder, isParser)].map(([path, file]) => [relative(root, path), file] as const);
  return PARSERS.map((parser) => sum(parser, found));
}
