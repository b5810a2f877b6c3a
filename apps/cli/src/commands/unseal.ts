import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type Context, printJson, type Run } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { Failure } from '../failure.ts';
import { readErrorReason } from '../read-error.ts';
import { safeText } from '../terminal/escape.ts';

interface UnsealOptions {
  readonly key: string;
  readonly out: string;
  readonly json?: boolean;
}

async function unseal({ io }: Context, directory: string, options: UnsealOptions): Promise<ExitCode> {
  const { readSealingKey } = await import('../seal/sealing-key.ts');
  const { unsealDirectory } = await import('../seal/unseal-directory.ts');
  const key = await readSealingKey(options.key);
  const [source, target] = [resolve(directory), resolve(options.out)];
  if (target === source || target.startsWith(`${source}/`)) {
    throw new Failure(EXIT.usage, 'What is opened must not lie in the sealed directory.', 'Name another for --out.');
  }
  const result = await unsealDirectory(source, target, key, (path) => io.progress(path)).catch((error: unknown) => {
    throw new Failure(EXIT.failed, `${directory} cannot be opened into ${options.out}: ${readErrorReason(error)}.`);
  });
  io.progressDone();
  for (const problem of result.problems) io.tell(safeText(problem, 2_000));
  if (options.json === true) printJson(io, result);
  else {
    io.out(`${result.opened} files opened, ${result.present} were there already, ${result.unsealed} are not sealed.`);
    if (result.problems.length === 0) io.out(`genehound upload ${safeText(options.out)} delivers them.`);
  }
  if (result.problems.length > 0) return result.opened === 0 ? EXIT.failed : EXIT.incomplete;
  return EXIT.done;
}

/** genehound unseal DIR */
export function addUnsealCommand(program: Command, run: Run): void {
  program
    .command('unseal <directory>')
    .description('open offline scans that "scanner --encrypt-to" sealed; "genehound upload" does so itself')
    .requiredOption('--key <file>', 'the key, as "genehound key seal" wrote it')
    .requiredOption('--out <directory>', 'where the opened scans are written')
    .option('--json', 'one JSON document on standard output')
    .action((directory: string, options: UnsealOptions) => run((context) => unseal(context, directory, options)));
}
