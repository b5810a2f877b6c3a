import { AppError } from '@genehound/contract';

/** Questions that are answered at a time, and of them those of one organisation: another's never wait for all of these. */
const AT_ONCE = 4;
const EACH_AT_ONCE = 2;
/** Questions of one organisation that wait; a person has one page open, a script is told to slow down. */
const EACH_WAITING = 16;
const RETRY_SECONDS = 5;

/**
 * Lets questions that cost memory and children in by turns, organisation after organisation, so that no number of
 * requests exhausts the machine and no organisation another's turn.
 */
export class FairTurns {
  readonly #running = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();
  #total = 0;

  /** AppError too_many_requests where too many of the organisation wait already. */
  async take<T>(organisation: string, work: () => Promise<T>): Promise<T> {
    if (this.#isFree(organisation)) this.#enter(organisation);
    else await this.#wait(organisation);
    try {
      return await work();
    } finally {
      this.#leave(organisation);
    }
  }

  #isFree(organisation: string): boolean {
    return this.#total < AT_ONCE && (this.#running.get(organisation) ?? 0) < EACH_AT_ONCE;
  }

  #enter(organisation: string): void {
    this.#total++;
    this.#running.set(organisation, (this.#running.get(organisation) ?? 0) + 1);
  }

  #wait(organisation: string): Promise<void> {
    const queue = this.#waiting.get(organisation) ?? [];
    if (queue.length >= EACH_WAITING)
      throw new AppError('too_many_requests', { seconds: RETRY_SECONDS }, RETRY_SECONDS);
    this.#waiting.set(organisation, queue);
    return new Promise((resolve) => queue.push(resolve));
  }

  #leave(organisation: string): void {
    this.#total--;
    const left = (this.#running.get(organisation) ?? 1) - 1;
    if (left === 0) this.#running.delete(organisation);
    else this.#running.set(organisation, left);
    for (const [next, queue] of this.#waiting) {
      if (!this.#isFree(next)) continue;
      const begin = queue.shift();
      // Who was served stands behind the others.
      this.#waiting.delete(next);
      if (queue.length > 0) this.#waiting.set(next, queue);
      // The place is taken here, not when the promise is heard of: nobody gets in between.
      this.#enter(next);
      begin?.();
      return;
    }
  }
}
