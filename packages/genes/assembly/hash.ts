// Hashes of a block, as block-hasher.ts.

function mix32(value: i32): i32 {
  let h = value;
  h = (h ^ (h >>> 16)) * A_MULTIPLIER;
  h = (h ^ (h >>> 13)) * B_MULTIPLIER;
  return h ^ (h >>> 16);
}

function finishLow(a: i32, b: i32, words: i32): i32 {
  return mix32(b + mix32(a ^ words));
}

function finishHigh(a: i32, low: i32, words: i32): i32 {
  return mix32(mix32(a ^ words) + low);
}

/** State of the fuzzy hash, and where the next of the words goes that wait for it: only genes need it. */
let fuzzyA: i32 = 0;
let fuzzyB: i32 = 0;
let fuzzyWords: i32 = 0;
let wordsEnd: i32 = WORDS;

function keepWord(word: i32): void {
  store<i32>(wordsEnd, word);
  wordsEnd += 4;
}

function absorbWords(): void {
  let a = fuzzyA;
  let b = fuzzyB;
  for (let at = WORDS; at < wordsEnd; at += 4) {
    const word = load<i32>(at);
    a = (a ^ word) * A_MULTIPLIER;
    a ^= a >>> 15;
    b = rotl<i32>((b + word) * B_MULTIPLIER, 13) + a;
  }
  fuzzyA = a;
  fuzzyB = b;
  fuzzyWords += (wordsEnd - WORDS) >> 2;
  wordsEnd = WORDS;
}

/** State of the exact hash. */
let exactA: i32 = 0;
let exactB: i32 = 0;

function hashCode(from: i32, to: i32, tail: i32): void {
  let a: i32 = load<i32>(SEEDS + 8);
  let b: i32 = load<i32>(SEEDS + 12);
  let at = from;
  for (; at + 4 <= to; at += 4) {
    const word = load<i32>(at);
    a = (a ^ word) * A_MULTIPLIER;
    a ^= a >>> 15;
    b = rotl<i32>((b + word) * B_MULTIPLIER, 13) + a;
  }
  if (at < to) {
    const word = load<i32>(at) & ((1 << ((to - at) << 3)) - 1);
    a = (a ^ word) * A_MULTIPLIER;
    a ^= a >>> 15;
    b = rotl<i32>((b + word) * B_MULTIPLIER, 13) + a;
  }
  if (tail !== 0) {
    a = (a ^ tail) * A_MULTIPLIER;
    a ^= a >>> 15;
    b = rotl<i32>((b + tail) * B_MULTIPLIER, 13) + a;
  }
  exactA = a;
  exactB = b;
}
