import { join } from 'node:path';
import { build } from './compiler.ts';

const SOURCES = join(import.meta.dirname, 'programs');

/** The programs that behave like a threat, or hold what must not leave; each source says what it imitates. */
export type ProgramName =
  | 'anonymous-rwx'
  | 'anonymous-rx'
  | 'rw-then-rx'
  | 'shared-anonymous'
  | 'memfd-exec'
  | 'memfd-dlopen'
  | 'deleted-executable'
  | 'deleted-library'
  | 'sleeper'
  | 'ptrace-inject'
  | 'patch-libc'
  | 'patch-vdso'
  | 'hook-imports'
  | 'kernel-name'
  | 'multi-stage'
  | 'replaced-executable'
  | 'memfd-untouched'
  | 'canary-places'
  | 'canary-beside-code';

const FLAGS = ['-std=c17', '-O2', '-Wall', '-Wextra', '-Werror', '-pthread'];

/** Builds one program and returns its path. `executableStack` asks the loader for an executable stack. */
export async function buildProgram(name: ProgramName, executableStack = false): Promise<string> {
  const source = join(SOURCES, `${name}.c`);
  const flags = executableStack ? [...FLAGS, '-z', 'execstack'] : FLAGS;
  return build({
    name: executableStack ? `${name}-execstack` : name,
    inputs: [source, join(SOURCES, 'target.h')],
    steps: [{ program: 'gcc', arguments: [...flags, '-o', '@out', source, '-ldl'] }],
  });
}
