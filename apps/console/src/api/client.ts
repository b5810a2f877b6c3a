import { ApiError, createClient } from '@genehound/contract';

/** The session's cookie speaks; the console never holds a key. */
export const client = createClient(location.origin);

export function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}
