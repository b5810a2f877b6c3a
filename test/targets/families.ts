import { join } from 'node:path';
import { build } from './compiler.ts';

const SOURCES = join(import.meta.dirname, 'families');
const PROGRAMS = join(import.meta.dirname, 'programs');

/** Harmless code of our own, at least 60 functions each, that tests label as they need. */
export const FAMILIES = ['amber', 'basalt'] as const;
export type FamilyName = (typeof FAMILIES)[number];

/** Builds of one source that a family's genes are to survive; the first is the one that tests label. */
export const VARIANTS = {
  labelled: ['-O2'],
  fast: ['-O3'],
  plain: ['-O2', '-fno-inline', '-march=x86-64-v2', '-fno-tree-vectorize'],
  unrolled: ['-O2', '-funroll-loops'],
} as const satisfies Record<string, readonly string[]>;
export type VariantName = keyof typeof VARIANTS;

/** flat: position-independent code to be copied anywhere, its entry first. library: ELF shared object. program: ELF executable. */
export type PayloadForm = 'flat' | 'library' | 'program';

const FREESTANDING = [
  '-std=c17',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-Wno-parentheses',
  '-fPIC',
  '-ffreestanding',
  '-fno-builtin',
  '-fvisibility=hidden',
  '-fno-stack-protector',
  '-fno-exceptions',
  '-Wl,--build-id=none',
];

/** Builds one family in one variant and form and returns the path of the file. */
export async function buildPayload(family: FamilyName, variant: VariantName, form: PayloadForm): Promise<string> {
  const parts = FAMILY_PARTS[family].map((part) => join(SOURCES, family, part));
  const sources = [join(SOURCES, 'entry.c'), join(SOURCES, 'memory.c'), ...parts];
  const flags = [...FREESTANDING, ...VARIANTS[variant]];
  const name = `${family}-${variant}.${form === 'flat' ? 'bin' : form === 'library' ? 'so' : 'elf'}`;
  const inputs = [SOURCES, ...(form === 'program' ? [PROGRAMS] : [])];
  if (form === 'library') {
    const link = ['-shared', '-nostdlib', '-s', '-o', '@out'];
    return build({ name, inputs, steps: [{ program: 'gcc', arguments: [...flags, ...link, ...sources] }] });
  }
  if (form === 'program') {
    const link = ['-D_GNU_SOURCE', '-pthread', '-s', '-o', '@out', join(PROGRAMS, 'payload-host.c')];
    return build({ name, inputs, steps: [{ program: 'gcc', arguments: [...flags, ...link, ...sources] }] });
  }
  return await buildFlat(name, sources, flags.slice(FREESTANDING.length), inputs);
}

/** Builds position-independent code without libc, data or relocations into a flat file, its entry first. */
export async function buildFlat(
  name: string,
  sources: readonly string[],
  flags: readonly string[],
  inputs: readonly string[],
): Promise<string> {
  const script = `-Wl,-T,${join(SOURCES, 'payload.ld')}`;
  const compile = [...FREESTANDING, ...flags, '-fno-asynchronous-unwind-tables', '-nostdlib', '-static', script];
  return build({
    name,
    inputs,
    steps: [
      { program: 'gcc', arguments: [...compile, '-o', '@out', ...sources] },
      { program: 'objcopy', arguments: ['-O', 'binary', '-j', '.payload', '@in', '@out'] },
    ],
  });
}

const FAMILY_PARTS: Record<FamilyName, readonly string[]> = {
  amber: ['run.c', 'ciphers.c', 'codecs.c', 'numbers.c', 'machine.c', 'orders.c', 'texts.c'],
  basalt: ['run.c', 'pictures.c', 'signals.c', 'games.c', 'packets.c', 'stores.c', 'curves.c'],
};
