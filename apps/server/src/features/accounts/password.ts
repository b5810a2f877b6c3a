import { randomInt } from 'node:crypto';
import { AppError } from '@genehound/contract';
import { hash, verify } from '@node-rs/argon2';

/** OWASP's first choice for argon2id (the library's default algorithm): 19 MiB, two passes, one lane. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** No letter that reads as another. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';

/** Hashes at the same time: each takes 19 MiB and a thread, and anybody may ask for one. */
const LIMIT = 4;
/** That wait for their turn; more are refused, so that a flood of them ends neither the server nor its patience. */
const MOST_WAITING = 64;
const AGAIN_SECONDS = 2;
let running = 0;
const waiting: (() => void)[] = [];

async function bounded<T>(work: () => Promise<T>): Promise<T> {
  if (waiting.length >= MOST_WAITING)
    throw new AppError('too_many_requests', { seconds: AGAIN_SECONDS }, AGAIN_SECONDS);
  if (running >= LIMIT) await new Promise<void>((resolve) => waiting.push(resolve));
  running += 1;
  try {
    return await work();
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

export async function hashPassword(password: string): Promise<string> {
  return await bounded(() => hash(password, PARAMETERS));
}

let nobody: Promise<string> | null = null;

/** `stored` null: nobody has that name; takes as long as a real check, so that names cannot be found by time. */
export async function verifyPassword(stored: string | null, password: string): Promise<boolean> {
  nobody ??= hashPassword('a password that nobody has');
  const against = stored ?? (await nobody);
  const fits = await bounded(() => verify(against, password));
  return stored !== null && fits;
}

/** 99 bits, in four groups of five. */
export function randomPassword(): string {
  const letters = Array.from({ length: 20 }, () => ALPHABET[randomInt(ALPHABET.length)] ?? '');
  return [0, 5, 10, 15].map((from) => letters.slice(from, from + 5).join('')).join('-');
}
