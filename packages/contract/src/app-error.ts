import { ERRORS, type ErrorCode } from './errors.table.ts';

/** An expected refusal: a code of the error table and the values of its sentence. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  /** Seconds after which to try again, where that makes sense. */
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, values: Readonly<Record<string, string | number>> = {}, retryAfter?: number) {
    super(ERRORS[code].message.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => String(values[name] ?? '')));
    this.name = 'AppError';
    this.code = code;
    this.status = ERRORS[code].status;
    this.retryAfter = retryAfter;
  }
}
