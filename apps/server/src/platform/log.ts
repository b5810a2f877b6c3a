import { type Logger, pino } from 'pino';

export type Log = Logger;

/** One JSON line an event, to standard error: standard output belongs to what a command prints. */
export function createLog(level: string): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: ['authorization', 'cookie', 'password', 'key', 'secret', 'headers.authorization', 'headers.cookie'],
    },
    pino.destination({ fd: 2, sync: true }),
  );
}
