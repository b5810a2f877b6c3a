import { existsSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { safeText } from '../terminal/escape.ts';

const LARGEST_LOG = 32 * 2 ** 20;
/** Pino's level of errors; fatal ones are above. */
const ERROR_LEVEL = 50;
const MOST_ERRORS = 3;

const errorLine = z.looseObject({
  level: z.number(),
  msg: z.string(),
  id: z.string().optional(),
  err: z.looseObject({ message: z.string() }).optional(),
});

/** The log of the server that a hunt starts, from where it stood when this was made. */
export interface ServerLog {
  readonly path: string;
  /** Opens it for appending; the one before it stays as `.1` once it has grown. */
  open(): number;
  /** What it says that is no log line: the sentence by which a server refused to start. */
  plain(): string;
  /** The last errors in it, one sentence each. */
  errors(): string[];
}

/** The sentence of a log line that is an error, else undefined. */
export function errorSentence(line: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { data } = errorLine.safeParse(value);
  if (data === undefined || data.level < ERROR_LEVEL) return undefined;
  const id = data.id === undefined ? '' : ` (id ${data.id})`;
  return safeText(`${data.msg}${data.err === undefined ? '' : `: ${data.err.message}`}${id}`, 500);
}

/** The log in a data directory. */
export function serverLog(data: string): ServerLog {
  const directory = join(data, 'log');
  const path = join(directory, 'server.log');
  let from = existsSync(path) ? statSync(path).size : 0;
  const lines = (): string[] => {
    if (!existsSync(path)) return [];
    return readFileSync(path)
      .subarray(from)
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '');
  };
  return {
    path,
    open() {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      if (from > LARGEST_LOG) {
        renameSync(path, `${path}.1`);
        from = 0;
      }
      return openSync(path, 'a', 0o600);
    },
    plain() {
      const said = lines().filter((line) => !line.startsWith('{'));
      return (
        said
          .slice(-5)
          .map((line) => line.replace(/^genehound: /, ''))
          .join(' ') || 'no reason was given'
      );
    },
    errors: () =>
      lines()
        .flatMap((line) => errorSentence(line) ?? [])
        .slice(-MOST_ERRORS),
  };
}

/** For whoever reads why a hunt failed; empty where the log has no errors. */
export function sentencesOf(log: ServerLog): string[] {
  const errors = log.errors();
  return errors.length === 0
    ? []
    : [...errors.map((one) => `The server's log: ${one}`), `All of it is in ${log.path}.`];
}
