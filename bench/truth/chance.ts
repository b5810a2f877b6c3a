import { createHash } from 'node:crypto';

/** Evenly spread in [0, 1), the same for the same words on every machine: the bench draws with it, never with a clock. */
export function chance(...words: readonly string[]): number {
  return createHash('sha256').update(words.join('\0')).digest().readUInt32BE(0) / 2 ** 32;
}

/** The items in an order that the seed alone decides. */
export function shuffled<T>(items: readonly T[], seed: string, nameOf: (item: T) => string): T[] {
  return items
    .map((item) => ({ item, name: nameOf(item), at: chance(seed, nameOf(item)) }))
    .sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1))
    .map(({ item }) => item);
}
