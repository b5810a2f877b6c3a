import { join } from 'node:path';
import { build } from '../compiler.ts';

const SOURCES = import.meta.dirname;

/** The Windows programs that behave like a threat; each source says what it imitates. */
export type WindowsProgramName =
  | 'sleeper'
  | 'private-code'
  | 'manual-map'
  | 'patch'
  | 'section-image'
  | 'unlink'
  | 'hollow'
  | 'inject'
  | 'managed'
  | 'canary'
  | 'service'
  | 'shortcut';

const COMPILER = 'x86_64-w64-mingw32-gcc';
// -Wno-array-bounds: the compiler takes the thread's block at gs:0 for an access below an array.
const FLAGS = [
  '-std=gnu17',
  '-O2',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-Wno-array-bounds',
  '-s',
  '-Wl,--no-insert-timestamp',
];

/** Builds one program for Windows and returns its path. */
export async function buildWindowsProgram(name: WindowsProgramName): Promise<string> {
  const source = join(SOURCES, `${name}.c`);
  return build({
    name: `${name}.exe`,
    inputs: [source, join(SOURCES, 'target.h')],
    steps: [{ program: COMPILER, arguments: [...FLAGS, '-o', '@out', source, '-lntdll', '-lole32', '-luuid'] }],
  });
}

/** Builds a library that holds a flat payload in its code and exports the name by which a runtime is known. */
export async function buildWindowsLibrary(payload: string, imageBase = '0x6a0000000'): Promise<string> {
  const source = join(SOURCES, 'library.c');
  return build({
    name: 'held.dll',
    inputs: [source, payload],
    steps: [
      {
        program: COMPILER,
        arguments: [
          ...FLAGS,
          '-shared',
          `-DPAYLOAD="${payload}"`,
          `-Wl,--image-base,${imageBase}`,
          '-o',
          '@out',
          source,
        ],
      },
    ],
  });
}

/** Builds what programs of Go need under Wine 8.0 and real Windows has: a source of random numbers. */
export async function buildRandomLibrary(): Promise<string> {
  const source = join(SOURCES, 'prng.c');
  return build({
    name: 'bcryptprimitives.dll',
    inputs: [source],
    steps: [{ program: COMPILER, arguments: [...FLAGS, '-shared', '-o', '@out', source, '-ladvapi32'] }],
  });
}
