import { crc32 } from 'node:zlib';
import { THRESHOLDS } from '@genehound/genes';
import {
  COMMON_FAMILY,
  COMMON_SET,
  type MixRule,
  NO_SET,
  type NumberedLeaning,
  type NumberedSet,
} from './gene-index.ts';

const NONE: NumberedSet = Object.freeze({ common: false, families: Object.freeze([]) });
const COMMON: NumberedSet = Object.freeze({ common: true, families: Object.freeze([]) });

/**
 * The distinct label sets of one index, each stored once: millions of genes share some thousand sets. Ids only
 * grow; a set that no gene has any more goes with the next rebuild.
 */
export class LabelSetTable {
  readonly #sets: NumberedSet[] = [NONE, COMMON];
  readonly #ids = new Map<string, number>();

  #checksum = 0;

  /** Over all sets in the order of their ids: a table that was read back is the one that was written. */
  get checksum(): number {
    return this.#checksum;
  }

  get size(): number {
    return this.#sets.length;
  }

  /** Throws a RangeError for an id that the table never gave: the index that names it is corrupt. */
  get(id: number): NumberedSet {
    const set = this.#sets[id];
    if (set === undefined) throw new RangeError(`Label set ${id} of ${this.#sets.length}`);
    return set;
  }

  /** The id of a set of families, distinct and in ascending order. */
  intern(families: readonly number[]): number {
    if (families.length === 0) return NO_SET;
    const key = families.join(',');
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#sets.length;
    this.#sets.push({ common: false, families });
    this.#ids.set(key, id);
    this.#checksum = crc32(`${key};`, this.#checksum);
    return id;
  }

  /** The id of `set` with one family more. */
  add(set: number, family: number, leanings: ReadonlyMap<number, NumberedLeaning>, mix: MixRule): number {
    const { common, families } = this.get(set);
    if (common || families.includes(family)) return set;
    if (family === COMMON_FAMILY) return mix === 'common' || families.length === 0 ? COMMON_SET : set;
    const leaning = leanings.get(family) ?? 'neither';
    const against = leaning === 'malicious' ? 'trusted' : leaning === 'trusted' ? 'malicious' : null;
    if (against !== null && families.some((other) => leanings.get(other) === against)) {
      return mix === 'common' ? COMMON_SET : set;
    }
    if (families.length >= THRESHOLDS.familiesPerGene) return COMMON_SET;
    return this.intern([...families, family].sort((a, b) => a - b));
  }
}
