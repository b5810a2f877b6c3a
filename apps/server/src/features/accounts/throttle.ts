import { AppError } from '@genehound/contract';

/** Wrong passwords for one name after which it has to wait, and for how long. */
const FREE = 5;
const FIRST_WAIT_SECONDS = 2;
const LONGEST_WAIT_SECONDS = 300;
/** Names remembered; the oldest is forgotten first. */
const MOST = 10_000;

interface Failures {
  readonly count: number;
  readonly until: number;
}

export interface Throttle {
  /** Throws AppError('too_many_requests') while the name has to wait. */
  check(name: string): void;
  failed(name: string): void;
  succeeded(name: string): void;
}

/** Slows guessing by name, whether there is such a name or not. In memory: a restart forgives. */
export function createThrottle(now: () => number = Date.now): Throttle {
  const failures = new Map<string, Failures>();
  return {
    check: (name) => {
      const left = (failures.get(name)?.until ?? 0) - now();
      if (left <= 0) return;
      const seconds = Math.ceil(left / 1000);
      throw new AppError('too_many_requests', { seconds }, seconds);
    },
    failed: (name) => {
      const count = (failures.get(name)?.count ?? 0) + 1;
      const wait =
        count < FREE ? 0 : Math.min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** Math.min(count - FREE, 20));
      failures.delete(name);
      failures.set(name, { count, until: now() + wait * 1000 });
      const oldest = failures.keys().next();
      if (failures.size > MOST && !oldest.done) failures.delete(oldest.value);
    },
    succeeded: (name) => void failures.delete(name),
  };
}
