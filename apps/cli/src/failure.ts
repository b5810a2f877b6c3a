import { ApiError, AppError } from '@genehound/contract';
import { EXIT, type ExitCode } from './exit-codes.table.ts';

/** An expected end of a command: one sentence, the next step where there is one, and the exit code. */
export class Failure extends Error {
  readonly exit: ExitCode;
  readonly next: string | undefined;

  constructor(exit: ExitCode, sentence: string, next?: string) {
    super(sentence);
    this.name = 'Failure';
    this.exit = exit;
    this.next = next;
  }
}

function nextStepFor(error: ApiError): string | undefined {
  if (error.status === 0) return 'Start a server with "genehound server", or name one with --url and --key.';
  if (error.status === 401)
    return 'Name a valid key with --key or GENEHOUND_KEY; "genehound key create" makes one on the server\'s machine.';
  if (error.status === 403) return 'This key may not do that; use one with more permission.';
  return undefined;
}

/** A call that names one thing by its id: where the server knows no such thing, the next step says where ids come from. */
export async function withHint<T>(call: Promise<T>, next: string): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ApiError && (error.status === 400 || error.status === 404))
      throw new Failure(EXIT.failed, error.message, next);
    throw error;
  }
}

/** Any error as a Failure; unexpected ones keep their message and end with `failed`. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof ApiError) {
    const exit = error.status === 401 ? EXIT.refused : error.status === 0 ? EXIT.usage : EXIT.failed;
    return new Failure(exit, error.message, nextStepFor(error));
  }
  if (error instanceof AppError) return new Failure(EXIT.failed, error.message);
  return new Failure(EXIT.failed, error instanceof Error ? error.message : String(error));
}
