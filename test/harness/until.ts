import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks until there is an answer. What is waited for lives in another process and cannot call back, so it is asked
 * again, at most ten times a second. Throws Error naming `what` after `seconds`.
 */
export async function until<T>(what: string, seconds: number, ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (let wait = 5; ; wait = Math.min(100, wait * 2)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`${what} did not come within ${seconds} s`);
    await pause(wait);
  }
}
