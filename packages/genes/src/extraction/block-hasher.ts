import type { InstructionSet } from '@genehound/binary';
import { A_MULTIPLIER, B_MULTIPLIER, finishHigh, finishLow, lowSeed, seedOf } from '../gene-hash.ts';
import { SCHEME } from '../genome.ts';
import type { Draft } from './extractor.ts';

/** A block with fewer informative instructions is too common to tell code apart (docs/gene-scheme.md). */
export const MIN_INFORMATIVE = 6;

/** Room for a few blocks of usual length; who fills it calls `flush` and goes on. */
export const WORD_CAPACITY = 4096;

/**
 * Hashes of the current block, for any instruction set: words of the fuzzy form wait in `words`, the exact form is
 * hashed from the code at once. One object is reused for all blocks.
 */
export class BlockHasher {
  /** Fuzzy words that wait, and how many. */
  readonly words = new Int32Array(WORD_CAPACITY);
  count = 0;
  /** State of the exact hash, for the function's. */
  exactA = 0;
  exactB = 0;
  #fuzzyA = 0;
  #fuzzyB = 0;
  #fuzzyWords = 0;
  /** Bytes of code that went into the exact hash. */
  #exactBytes = 0;
  readonly #draft: Draft;
  readonly #fuzzySeed: number;
  readonly #fuzzyLowSeed: number;
  readonly #exactSeed: number;
  readonly #exactLowSeed: number;

  constructor(instructionSet: InstructionSet, draft: Draft) {
    this.#draft = draft;
    this.#fuzzySeed = seedOf(SCHEME, instructionSet, 'fuzzy');
    this.#fuzzyLowSeed = lowSeed(this.#fuzzySeed);
    this.#exactSeed = seedOf(SCHEME, instructionSet, 'exact');
    this.#exactLowSeed = lowSeed(this.#exactSeed);
  }

  /** Before each block. */
  reset(): void {
    this.#fuzzyA = this.#fuzzySeed;
    this.#fuzzyB = this.#fuzzyLowSeed;
    this.#fuzzyWords = 0;
    this.count = 0;
  }

  /** The step of gene-hash.ts for each fuzzy word that waits. */
  flush(): void {
    const { words, count } = this;
    let a = this.#fuzzyA;
    let b = this.#fuzzyB;
    for (let i = 0; i < count; i++) {
      const word = words[i] ?? 0;
      a = Math.imul(a ^ word, A_MULTIPLIER);
      a ^= a >>> 15;
      b = Math.imul(b + word, B_MULTIPLIER);
      b = (((b << 13) | (b >>> 19)) + a) | 0;
    }
    this.#fuzzyA = a;
    this.#fuzzyB = b;
    this.#fuzzyWords += count;
    this.count = 0;
  }

  /**
   * The step of gene-hash.ts over a block's code, whose addresses are zeros by now, in words of four bytes; up to three
   * bytes behind `to` are read. `tail` is the mnemonic hash of the relative jump that ends the block and is no part of
   * `from` to `to`, or 0.
   */
  hashCode(view: DataView, from: number, to: number, tail: number): void {
    let a = this.#exactSeed;
    let b = this.#exactLowSeed;
    for (let at = from; at < to; at += 4) {
      const left = to - at;
      const word = left >= 4 ? view.getInt32(at, true) : view.getInt32(at, true) & ((1 << (left << 3)) - 1);
      a = Math.imul(a ^ word, A_MULTIPLIER);
      a ^= a >>> 15;
      b = Math.imul(b + word, B_MULTIPLIER);
      b = (((b << 13) | (b >>> 19)) + a) | 0;
    }
    this.#exactBytes = to - from;
    if (tail !== 0) {
      a = Math.imul(a ^ tail, A_MULTIPLIER);
      a ^= a >>> 15;
      b = Math.imul(b + tail, B_MULTIPLIER);
      b = (((b << 13) | (b >>> 19)) + a) | 0;
    }
    this.exactA = a;
    this.exactB = b;
  }

  /** Adds the block as a gene of the function that is open. */
  addGene(rva: number, size: number): void {
    this.flush();
    const { blocks, functions } = this.#draft;
    const exactLow = finishLow(this.exactA, this.exactB, this.#exactBytes);
    const fuzzyLow = finishLow(this.#fuzzyA, this.#fuzzyB, this.#fuzzyWords);
    const cell = blocks.add();
    blocks.set(cell, rva);
    blocks.set(cell + 1, size);
    blocks.set(cell + 2, functions.rows);
    blocks.set(cell + 3, finishHigh(this.#fuzzyA, fuzzyLow, this.#fuzzyWords));
    blocks.set(cell + 4, fuzzyLow);
    blocks.set(cell + 5, finishHigh(this.exactA, exactLow, this.#exactBytes));
    blocks.set(cell + 6, exactLow);
  }
}
