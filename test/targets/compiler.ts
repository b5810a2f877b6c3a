import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where everything that tests build is kept; ignored by git, safe to delete. */
const CACHE = join(import.meta.dirname, '..', '.cache', 'targets');

/** One command; `@out` among its arguments stands for the file that it writes. */
interface BuildStep {
  readonly program: 'gcc' | 'objcopy' | 'x86_64-w64-mingw32-gcc';
  readonly arguments: readonly string[];
}

export interface Build {
  readonly name: string;
  /** Files and folders whose contents decide whether the build is still valid. */
  readonly inputs: readonly string[];
  /** Each step's output replaces `@in` in the next one; the last output is the product. */
  readonly steps: readonly BuildStep[];
}

/**
 * Builds unless a product with the same inputs, steps and compiler is in the cache, and returns its path. Several
 * processes may build the same thing at once: each writes a file of its own and renames it into place.
 * Throws Error with the compiler's messages, or with the command that installs it.
 */
export async function build(what: Build): Promise<string> {
  const digest = await digestOf(what);
  const folder = join(CACHE, digest);
  const product = join(folder, what.name);
  if (await exists(product)) return product;
  await mkdir(folder, { recursive: true });
  const temporary = `${product}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  let input = '';
  const written: string[] = [];
  for (const [index, step] of what.steps.entries()) {
    const out = `${temporary}.${index}`;
    written.push(out);
    await call(
      step.program,
      step.arguments.map((argument) => argument.replace('@in', input).replace('@out', out)),
    );
    input = out;
  }
  await rename(input, product);
  await Promise.all(written.map((path) => rm(path, { force: true })));
  return product;
}

async function call(program: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run(program, [...args], { maxBuffer: 16 << 20 });
    return stdout;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      const packages = program === 'x86_64-w64-mingw32-gcc' ? 'gcc-mingw-w64-x86-64' : 'gcc libc6-dev binutils';
      throw new Error(`${program} is missing: install it with "apt-get install ${packages}"`);
    }
    throw error;
  }
}

let compilerVersion: Promise<string> | undefined;

async function digestOf(what: Build): Promise<string> {
  compilerVersion ??= call('gcc', ['-v', '--version']);
  const hash = createHash('sha256');
  hash.update(JSON.stringify([await compilerVersion, what.name, what.steps]));
  for (const input of what.inputs) {
    for (const file of await filesOf(input))
      hash
        .update(file)
        .update('\0')
        .update(await readFile(file));
  }
  return hash.digest('hex').slice(0, 24);
}

async function filesOf(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return [path];
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
