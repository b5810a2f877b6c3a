import { AppError } from '@genehound/contract';
import type { Database } from '../../platform/database.ts';
import { secretHash } from '../../platform/ids.ts';
import { countGuess, forgetGuesses, secondsToWait } from './throttle-store.ts';

export interface Throttle {
  /** Counts a guess before its answer is known, so that many at once do not all slip through. AppError too_many_requests while the name has to wait. */
  guess(name: string): Promise<void>;
  succeeded(name: string): Promise<void>;
}

/** Slows guessing by name, whether there is such a name or not. */
export function createThrottle(db: Database): Throttle {
  return {
    guess: async (name) => {
      const subject = secretHash(name);
      if (await countGuess(db, subject)) return;
      const seconds = await secondsToWait(db, subject);
      throw new AppError('too_many_requests', { seconds }, seconds);
    },
    succeeded: async (name) => await forgetGuesses(db, [secretHash(name)]),
  };
}

/** What the guesses of an account are counted by: its passwords and, apart from them, its codes. */
export const passwordsOf = (id: string): string => id;
export const codesOf = (id: string): string => `code:${id}`;
