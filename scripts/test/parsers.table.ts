/**
 * Whatever reads bytes that others made: its tests take at least this share of its branches, but for fallbacks of indexed reads
 * (`bytes[i] ?? 0`) that are never taken: the type checker asks for them where the index is in bounds. With them it is printed, too.
 */
export const LEAST_COVERED = 0.9;

export interface Parser {
  readonly name: string;
  /** Of the path from the root on. */
  readonly files: RegExp;
}

export const PARSERS: readonly Parser[] = [
  { name: 'ELF', files: /^packages\/binary\/src\/elf\/(?!elf-writer)/ },
  { name: 'PE', files: /^packages\/binary\/src\/pe\// },
  { name: 'CLI', files: /^packages\/binary\/src\/cli\// },
  { name: 'images', files: /^packages\/binary\/src\/[^/]+$/ },
  { name: 'x86', files: /^packages\/genes\/src\/x86\// },
  { name: 'arm64', files: /^packages\/genes\/src\/arm64\// },
  { name: 'CIL', files: /^packages\/genes\/src\/cil\// },
  {
    name: 'extractor',
    files: /^packages\/genes\/src\/(?:extraction\/|extract-genome|recognise-|columns|gene-hash)/,
  },
  { name: 'gene codecs', files: /^packages\/genes\/src\/(?:genome-codec|gene-set|bits|bytes)/ },
  { name: 'packs', files: /^packages\/genes\/src\/pack\// },
];

/** Tests, what only tests use, and yardsticks are no parsers. */
export const NO_PARSER = /(?:\.test|\.test-helper|-oracle)\.ts$/;
