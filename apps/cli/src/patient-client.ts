import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { ApiError, type Client } from '@genehound/contract';

/** The server is there and cannot take it now: too many requests, busy database. */
const LATER = [429, 503];
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The same client, which asks again for up to `patience` milliseconds where the server only wants to be asked later. */
export function patientClient(client: Client, patience: number, pause: (ms: number) => Promise<void> = sleep): Client {
  return {
    async call(name, input, options) {
      // What was asked for and not answered may have been done.
      const once = { idempotencyKey: randomUUID(), ...options };
      const body = 'body' in input ? input.body : undefined;
      for (let waited = 0, wait = FIRST_WAIT_MS; ; waited += wait, wait = Math.min(LONGEST_WAIT_MS, wait * 2)) {
        try {
          return await client.call(name, input, once);
        } catch (error) {
          const isLater = error instanceof ApiError && LATER.includes(error.status);
          // A stream is read once.
          if (!isLater || body instanceof Readable || waited >= patience) throw error;
          await pause(wait);
        }
      }
    },
  };
}
