/** A sequence of numbers from a seed, the same in every run (xorshift, 32 bits: its period is 2^32 - 1). */
export class Chance {
  #state: number;

  constructor(seed: number) {
    // Neighbouring seeds give sequences that have nothing in common (the finaliser of MurmurHash3, which loses nothing).
    let state = Math.imul(seed ^ (seed >>> 16), 0x85ebca6b);
    state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
    state ^= state >>> 16;
    this.#state = state === 0 ? 1 : state;
  }

  next(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return this.#state >>> 0;
  }

  /** 0 to `limit` - 1; 0 for a limit of 0. */
  below(limit: number): number {
    return limit === 0 ? 0 : this.next() % limit;
  }
}

/** Something valid that inputs are made of. */
export interface Sample {
  readonly bytes: Uint8Array;
  /** Bytes at the front that say where the rest is: half of the changes are made there. 0: changes are made anywhere. */
  readonly header: number;
}

/** Values at which bounds and counts go wrong. */
const BYTES = [0, 1, 2, 3, 4, 8, 0x10, 0x40, 0x7f, 0x80, 0xfe, 0xff];
const WORDS = [0, 1, 0xff, 0x1000, 0xffff, 0x10000, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff];
const MOST_CHANGES = 6;

/** A copy with one change, or up to six; one of eight copies is cut short. */
export function changed({ bytes, header }: Sample, chance: Chance): Uint8Array<ArrayBuffer> {
  // A Buffer's slice would be no copy.
  const copy = new Uint8Array(bytes.subarray(0, chance.below(8) === 0 ? chance.below(bytes.length) : bytes.length));
  const changes = chance.below(2) === 0 ? 1 : chance.below(MOST_CHANGES) + 1;
  for (let left = changes; left > 0 && copy.length > 0; left--) {
    const near = header > 0 && chance.below(2) === 0;
    change(copy, chance.below(near ? Math.min(header, copy.length) : copy.length), chance);
  }
  return copy;
}

function change(bytes: Uint8Array, at: number, chance: Chance): void {
  switch (chance.below(8)) {
    case 0:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.below(8));
      break;
    case 1:
    case 2:
      bytes[at] = chance.next();
      break;
    case 3: {
      // A field of four bytes: a size, an offset, a count.
      const value = WORDS[chance.below(WORDS.length)] ?? 0;
      for (let i = 0; i < 4 && (at & ~3) + i < bytes.length; i++) bytes[(at & ~3) + i] = value >>> (8 * i);
      break;
    }
    case 4: {
      const from = chance.below(bytes.length);
      bytes.copyWithin(at, from, from + chance.below(32) + 1);
      break;
    }
    default:
      bytes[at] = BYTES[chance.below(BYTES.length)] ?? 0;
  }
}
