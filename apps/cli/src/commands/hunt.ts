import type { ChildProcess } from 'node:child_process';
import type { HuntReport } from '@genehound/contract';
import { readServerConfig } from '@genehound/server';
import { type Command, InvalidArgumentError } from 'commander';
import { type Context, printJson, type Run } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { formatHuntReport } from '../hunt/format-hunt-report.ts';
import { huntThisMachine } from '../hunt/hunt-this-machine.ts';
import { scannerPath } from '../hunt/run-scanner.ts';
import { sentencesOf } from '../hunt/server-log.ts';
import { type HuntServer, provideServer } from '../hunt/server-process.ts';
import { canSudo } from '../machine/running-files.ts';
import { patientClient } from '../patient-client.ts';
import { connect } from '../server-connection.ts';

/** For a server that is busy, as with a hunt beside much else. */
const PATIENCE_MS = 60_000;

interface HuntOptions {
  readonly port?: number;
  readonly json?: boolean;
}

function parsePort(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError('Use a port number, or 0 for any free one.');
  return value;
}

/** What has to be ended when this process is: signals reach the terminal's whole group, but not so by `kill`. */
class Children {
  #server: HuntServer | undefined;
  #scanner: ChildProcess | undefined;
  #ending = false;
  /** What being interrupted means: before the report it cuts the hunt short, after it that is how it ends. */
  exit: ExitCode = EXIT.interrupted;

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => void this.end().finally(() => process.exit(this.exit)));
    }
  }

  set server(server: HuntServer) {
    this.#server = server;
  }

  set scanner(child: ChildProcess) {
    this.#scanner = child;
  }

  /** True once their end was asked for. */
  get ending(): boolean {
    return this.#ending;
  }

  async end(): Promise<void> {
    this.#ending = true;
    this.#scanner?.kill('SIGTERM');
    if (this.#server?.isOwn === true) await this.#server.stop();
  }
}

function exitOf(report: HuntReport): ExitCode {
  return report.scannerExit === EXIT.done && report.coverage.complete ? EXIT.done : EXIT.incomplete;
}

const RESET = 'npm run -s genehound -- server reset-password';

function signInLine(server: HuntServer): string {
  return server.firstPassword === null
    ? `Sign in as admin; where the password is lost: ${RESET}`
    : `Sign in as admin with the password ${server.firstPassword} (shown this once; a new one: ${RESET})`;
}

async function hunt({ config, io }: Context, options: HuntOptions): Promise<ExitCode> {
  const children = new Children();
  const scanner = scannerPath(config.root);
  const withSudo = await canSudo(process.stdin.isTTY === true);
  const isRoot = process.getuid?.() === 0;
  io.tell(`Server: starting on ${config.data}`);
  const from = performance.now();
  const { server, note } = await provideServer(config, options.port ?? readServerConfig().port);
  children.server = server;
  if (note !== undefined) io.tell(note);
  // Before anything can go wrong: it is never shown again.
  if (server.firstPassword !== null) io.tell(signInLine(server));
  if (!isRoot && !withSudo) {
    io.tell(
      'Neither root nor able to use sudo: the scan covers the processes of this user alone and will be incomplete.',
    );
  }
  try {
    // Trusts the server's own authority, where it has one.
    const connection = await connect(config, { url: server.url, key: server.key });
    const client = patientClient(connection.client, PATIENCE_MS);
    const report = await huntThisMachine(
      {
        client,
        config,
        url: server.url,
        pin: server.pin,
        scanner,
        withSudo,
        onStep: (text) => {
          io.progressDone();
          io.tell(text);
        },
        onProgress: (text) => io.progress(`  ${text}`),
        onScanner: (child) => {
          children.scanner = child;
        },
      },
      Math.round(performance.now() - from) / 1000,
    );
    io.progressDone();
    if (options.json === true) {
      printJson(io, report);
      return exitOf(report);
    }
    io.out(`\n${formatHuntReport(report, io.style)}\n`);
    io.out(`Console    ${server.url}\n           ${signInLine(server)}`);
    if (server.isOwn) {
      io.out('           The server keeps running; interrupt with Ctrl-C.');
      children.exit = exitOf(report);
      await server.ended;
      if (children.ending) return children.exit;
      io.tell(`The server has ended by itself; ${server.log.path} says why.`);
      return EXIT.failed;
    }
    return exitOf(report);
  } catch (error) {
    // An interrupted hunt fails because its server goes; that says nothing.
    if (!children.ending) for (const sentence of sentencesOf(server.log)) io.tell(sentence);
    throw error;
  } finally {
    await children.end();
  }
}

/** genehound hunt */
export function addHuntCommand(program: Command, run: Run): void {
  program
    .command('hunt')
    .description('hunt on this machine: server, trusted genome, scan, report')
    .option(
      '--port <number>',
      'port of the server; else GENEHOUND_PORT, else 8080; another where it is taken',
      parsePort,
    )
    .option('--json', 'one JSON document on standard output; the server ends when done')
    .action((options: HuntOptions) => run((context) => hunt(context, options)));
}
