import { AppError } from '@genehound/contract';
import type { Database } from '../../platform/database.ts';
import { secretHash } from '../../platform/ids.ts';
import { countGuess, forgetGuesses, secondsToWait } from './throttle-store.ts';

/** What guesses are counted by. */
export interface Guessed {
  readonly subject: Buffer;
  /** Its count stays, whatever else is guessed; of names that nobody has the oldest are forgotten. */
  readonly isAccount: boolean;
}

export interface Throttle {
  /** Counts a guess before its answer is known, so that many at once do not all slip through. AppError too_many_requests while it has to wait. */
  guess(guessed: Guessed): Promise<void>;
  succeeded(guessed: Guessed): Promise<void>;
}

/** Slows guessing by name, whether there is such a name or not. */
export function createThrottle(db: Database): Throttle {
  return {
    guess: async (guessed) => {
      if (await countGuess(db, guessed)) return;
      const seconds = await secondsToWait(db, guessed);
      throw new AppError('too_many_requests', { seconds }, seconds);
    },
    succeeded: async (guessed) => await forgetGuesses(db, [guessed]),
  };
}

/** The guesses of an account: its passwords and, apart from them, its codes. */
export const passwordsOf = (id: string): Guessed => ({ subject: secretHash(id), isAccount: true });
export const codesOf = (id: string): Guessed => ({ subject: secretHash(`code:${id}`), isAccount: true });
/** Of a name that nobody has; it counts for no account, though it be written as an account's id. */
export const nobodys = (name: string): Guessed => ({
  subject: secretHash(`name:${name.toLowerCase()}`),
  isAccount: false,
});
