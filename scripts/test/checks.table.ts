/** Every check of `npm test`, in the order in which they run: the quick ones first. */
export interface Check {
  readonly name: string;
  readonly what: string;
  /** A program with arguments, or test files for Node's runner. */
  readonly run:
    | {
        readonly kind: 'command';
        readonly command: readonly string[];
        readonly folder?: string;
        readonly environment?: Readonly<Record<string, string>>;
      }
    | { readonly kind: 'quiet'; readonly command: readonly string[]; readonly folder?: string }
    | { readonly kind: 'go-test'; readonly command: readonly string[]; readonly folder: string }
    | {
        readonly kind: 'node-test';
        readonly files: readonly string[];
        readonly except: readonly string[];
        readonly parallel: number;
        /** Afterwards the branches of all parsers are counted that these tests took. */
        readonly coversParsers?: true;
      };
  /** After this many minutes it is ended and has failed; with --long five times as many. */
  readonly minutes: number;
}

/** These start servers, namespaces and browsers: one file at a time. */
const END_TO_END = [
  'test/e2e/**/*.test.ts',
  'test/e2e/**/*.e2e.ts',
  'test/console/**/*.test.ts',
  'test/console/**/*.e2e.ts',
  'apps/cli/test/**/*.test.ts',
];

/** Parsers and their campaigns: changed bytes, with --long ten million for each. */
const PARSERS = ['packages/{binary,genes}/src/**/*.test.ts', 'test/fuzz/*.test.ts'];
/** The same for what reads archives and rules, which takes longer. */
const FUZZ = ['apps/**/*.fuzz.test.ts'];

export const CHECKS: readonly Check[] = [
  {
    name: 'lint',
    what: 'Biome: format, rules, import boundaries, sizes',
    run: { kind: 'command', command: ['biome', 'check', '.'] },
    minutes: 3,
  },
  { name: 'types', what: 'TypeScript, strict', run: { kind: 'command', command: ['tsc', '--noEmit'] }, minutes: 5 },
  {
    name: 'console-types',
    what: 'TypeScript of the console',
    run: { kind: 'command', command: ['tsc', '--noEmit', '-p', 'apps/console'] },
    minutes: 5,
  },
  {
    name: 'unused',
    what: 'knip: unused files, exports, dependencies',
    run: { kind: 'command', command: ['knip'] },
    minutes: 5,
  },
  {
    name: 'go-format',
    what: 'gofmt has nothing to change',
    run: { kind: 'quiet', command: ['gofmt', '-l', '.'], folder: 'scanner' },
    minutes: 2,
  },
  {
    name: 'go-vet',
    what: 'go vet for Linux',
    run: { kind: 'command', command: ['go', 'vet', './...'], folder: 'scanner' },
    minutes: 5,
  },
  {
    name: 'go-vet-arm64',
    what: 'go vet for Linux on arm64',
    run: { kind: 'command', command: ['go', 'vet', './...'], folder: 'scanner', environment: { GOARCH: 'arm64' } },
    minutes: 5,
  },
  {
    name: 'go-vet-windows',
    what: 'go vet for Windows',
    run: {
      kind: 'command',
      command: ['go', 'vet', './...'],
      folder: 'scanner',
      environment: { GOOS: 'windows', GOARCH: 'amd64' },
    },
    minutes: 5,
  },
  {
    name: 'builds',
    what: 'the scanner for every platform',
    run: { kind: 'command', command: ['node', 'scanner/build.mjs', '--all'] },
    minutes: 5,
  },
  {
    name: 'go',
    what: 'tests of the scanner',
    run: { kind: 'go-test', command: ['go', 'test', './...'], folder: 'scanner' },
    minutes: 10,
  },
  {
    name: 'unit',
    what: 'example, property and golden tests',
    run: {
      kind: 'node-test',
      files: [
        'packages/**/*.test.ts',
        'apps/**/*.test.ts',
        'bench/**/*.test.ts',
        'scripts/**/*.test.ts',
        'test/**/*.test.ts',
      ],
      except: [...END_TO_END, ...PARSERS, ...FUZZ],
      parallel: 2,
    },
    minutes: 25,
  },
  {
    name: 'parsers',
    what: 'parsers, genes and verdicts: tests, changed bytes, and which branches they take',
    run: { kind: 'node-test', files: PARSERS, except: [], parallel: 2, coversParsers: true },
    minutes: 40,
  },
  {
    name: 'fuzz',
    what: 'readers of archives and texts of rules on changed bytes',
    run: { kind: 'node-test', files: FUZZ, except: [], parallel: 2 },
    minutes: 120,
  },
  {
    name: 'end-to-end',
    what: 'the real programs together',
    run: { kind: 'node-test', files: END_TO_END, except: [], parallel: 1 },
    minutes: 35,
  },
];
