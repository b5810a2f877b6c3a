import { type Logger, pino } from 'pino';

export type Log = Logger;

/** Of an error what names it and no more: drivers hang connections, statements and values on theirs. */
function errorFields(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = 'code' in error ? { code: String(error.code) } : {};
  const cause = error.cause === undefined ? {} : { cause: errorFields(error.cause) };
  return { type: error.name, message: error.message, ...code, stack: error.stack, ...cause };
}

/** One JSON line an event, to standard error: standard output belongs to what a command prints. */
export function createLog(level: string): Log {
  return pino(
    {
      level,
      base: null,
      serializers: { err: errorFields },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: ['authorization', 'cookie', 'password', 'key', 'secret', 'headers.authorization', 'headers.cookie'],
    },
    pino.destination({ fd: 2, sync: true }),
  );
}
