import { readServerConfig } from '@genehound/server';
import type { Command } from 'commander';
import { type Context, printJson, type Run } from '../command-context.ts';
import type { Finding } from '../doctor/check.ts';
import { checkConsole, checkData, checkMemory, checkPrivileges, checkScanner } from '../doctor/check-machine.ts';
import { checkServer } from '../doctor/check-server.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { safeText } from '../terminal/escape.ts';

const WORDS = { ok: 'ok     ', warning: 'WARNING', failed: 'FAILED ' } as const;

async function examine({ config }: Context): Promise<readonly Finding[]> {
  const server = readServerConfig();
  return [
    checkMemory(),
    ...(await checkData({ data: config.data, minimumFree: server.minimumFreeBytes })),
    await checkScanner(config.root),
    await checkConsole(server.console),
    await checkPrivileges(),
    ...(await checkServer(config, server)),
  ];
}

async function doctor(context: Context, json: boolean): Promise<ExitCode> {
  const findings = await examine(context);
  if (json) printJson(context.io, { findings });
  else {
    for (const { name, state, what, next } of findings) {
      context.io.out(`${WORDS[state]}  ${name.padEnd(10)}  ${safeText(what, 1_000)}`);
      if (next !== null) context.io.out(`${' '.repeat(21)}${safeText(next, 1_000)}`);
    }
  }
  return findings.some(({ state }) => state === 'failed') ? EXIT.failed : EXIT.done;
}

/** genehound doctor */
export function addDoctorCommand(program: Command, run: Run): void {
  program
    .command('doctor')
    .description('looks whether this machine, its data directory and its server are as they should be; changes nothing')
    .option('--json', 'one JSON document on standard output')
    .action((options: { readonly json?: boolean }) => run((context) => doctor(context, options.json === true)));
}
