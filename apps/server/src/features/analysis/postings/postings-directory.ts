import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { decodeGeneSet, type GeneSet } from '@genehound/genes';
import { BadSegment, PART_BITS, Segment } from './segment.ts';
import { lowWord, MOST_ENTRIES, sortWords, type Words } from './segment-format.ts';
import { SegmentWriter } from './segment-writer.ts';

/** Segments of one size class that are made one; a class is eight times the one before. */
const FAN = 8;
const SUFFIX = '.postings';

export interface GenomeToAdd {
  readonly number: number;
  /** Encoded gene set. */
  readonly genes: Uint8Array;
}

function syncDirectory(path: string): void {
  const file = openSync(path, 'r');
  fsyncSync(file);
  closeSync(file);
}

function unionOf(segments: readonly Segment[]): Float64Array<ArrayBuffer> {
  const all = new Float64Array(segments.reduce((sum, { numbers }) => sum + numbers.length, 0));
  let at = 0;
  for (const { numbers } of segments) {
    all.set(numbers, at);
    at += numbers.length;
  }
  all.sort();
  let count = 0;
  for (const number of all) if (count === 0 || all[count - 1] !== number) all[count++] = number;
  return all.slice(0, count);
}

/** The place of each of `some` in `all`, both ascending. */
function placesIn(all: Float64Array, some: Float64Array): Uint32Array {
  const places = new Uint32Array(some.length);
  for (let i = 0, at = 0; i < some.length; i++) {
    while (at < all.length && (all[at] ?? 0) < (some[i] ?? 0)) at++;
    places[i] = at;
  }
  return places;
}

/**
 * Which artifacts have a gene: derived from the stored genomes, and disposable. Segments are written once; few are made
 * of many. A segment that is damaged is dropped, and its artifacts are not covered until they are added again. One
 * process and one thread at a time.
 */
export class PostingsDirectory {
  readonly #path: string;
  readonly #scheme: number;
  #segments: Segment[] = [];
  #next = 1;

  /** Opens what is there. `onBad` hears of files that are dropped. */
  constructor(path: string, scheme: number, onBad: (reason: string) => void) {
    this.#path = path;
    this.#scheme = scheme;
    mkdirSync(path, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(path)) {
      const file = join(path, name);
      const number = Number(name.slice(0, -SUFFIX.length));
      if (!name.endsWith(SUFFIX) || !Number.isInteger(number)) {
        rmSync(file, { recursive: true, force: true });
        continue;
      }
      this.#next = Math.max(this.#next, number + 1);
      this.#open(file, onBad);
    }
  }

  get entries(): number {
    return this.#segments.reduce((sum, { header }) => sum + header.entries, 0);
  }

  get segments(): number {
    return this.#segments.length;
  }

  /** Numbers of the artifacts whose genes are in here, ascending. */
  covered(): Float64Array<ArrayBuffer> {
    return unionOf(this.#segments);
  }

  /** Adds the genes of some artifacts; durable when it returns. Sets that are damaged are added without genes. */
  add(genomes: readonly GenomeToAdd[]): void {
    if (genomes.length === 0) return;
    const sorted = genomes.toSorted((a, b) => a.number - b.number);
    const sets = sorted.map(({ genes }) => decodeGeneSet(genes));
    const numbers = Float64Array.from(sorted, ({ number }) => number);
    this.#write(numbers, wordsOf(sets));
    this.compact();
  }

  /** Numbers of the artifacts that may have one of these genes, ascending. */
  search(genes: GeneSet): Float64Array<ArrayBuffer> {
    const found: Float64Array[] = [];
    for (const segment of this.#segments) {
      const marks = new Uint8Array(segment.numbers.length);
      segment.search(genes, (place) => {
        marks[place] = 1;
      });
      found.push(segment.numbers.filter((_, place) => marks[place] === 1));
    }
    return Float64Array.from(new Set(found.flatMap((numbers) => [...numbers]))).sort();
  }

  /** Makes few segments of many, while there is something to do. */
  compact(): void {
    for (;;) {
      const plan = this.#plan();
      if (plan.length === 0) return;
      this.#merge(plan);
    }
  }

  close(): void {
    for (const segment of this.#segments) segment.close();
    this.#segments = [];
  }

  #open(file: string, onBad: (reason: string) => void): void {
    try {
      const segment = Segment.open(file);
      if (segment.header.scheme === this.#scheme) this.#segments.push(segment);
      else {
        segment.close();
        rmSync(file);
      }
    } catch (error) {
      if (!(error instanceof BadSegment)) throw error;
      onBad(error.message);
      rmSync(file);
    }
  }

  #write(numbers: Float64Array<ArrayBuffer>, words: Words): void {
    const writer = this.#writer(numbers, words.length / 2);
    writer.add(words, words.length / 2);
    this.#adopt(writer, []);
  }

  #writer(numbers: Float64Array<ArrayBuffer>, entries: number): SegmentWriter & { readonly path: string } {
    const path = join(this.#path, `${this.#next++}${SUFFIX}`);
    return Object.assign(new SegmentWriter(path, this.#scheme, numbers, entries), { path });
  }

  /** What was written stands for `replaced`. A kill before they are gone leaves both, which answer the same. */
  #adopt(writer: SegmentWriter & { readonly path: string }, replaced: readonly Segment[]): void {
    writer.finish();
    syncDirectory(this.#path);
    this.#segments = [...this.#segments.filter((segment) => !replaced.includes(segment)), Segment.open(writer.path)];
    for (const segment of replaced) {
      segment.close();
      rmSync(segment.path);
    }
  }

  /** The segments of the smallest size class that has enough of them. */
  #plan(): readonly Segment[] {
    const classes = new Map<number, Segment[]>();
    for (const segment of this.#segments) {
      const size = Math.floor(Math.log2(Math.max(1, segment.header.entries)) / Math.log2(FAN));
      classes.set(size, [...(classes.get(size) ?? []), segment]);
    }
    const [size] = [...classes.keys()].filter((key) => (classes.get(key)?.length ?? 0) >= FAN).sort((a, b) => a - b);
    const plan = size === undefined ? [] : (classes.get(size) ?? []).slice(0, FAN);
    return plan.reduce((sum, { header }) => sum + header.entries, 0) > MOST_ENTRIES ? [] : plan;
  }

  #merge(plan: readonly Segment[]): void {
    const numbers = unionOf(plan);
    const placed = plan.map((segment) => placesIn(numbers, segment.numbers));
    const entries = plan.reduce((sum, { header }) => sum + header.entries, 0);
    const writer = this.#writer(numbers, entries);
    for (let part = 0; part < 2 ** PART_BITS; part++) {
      const counts = plan.map((segment) => segment.countOf(part));
      const words: Words = new Uint32Array(2 * counts.reduce((sum, count) => sum + count, 0));
      let at = 0;
      plan.forEach((segment, index) => {
        at = segment.readPart(part, words, at, placed[index] ?? new Uint32Array(0));
      });
      sortWords(words);
      writer.add(words, at);
    }
    this.#adopt(writer, plan);
  }
}

function wordsOf(sets: readonly GeneSet[]): Words {
  const words: Words = new Uint32Array(2 * sets.reduce((sum, { high }) => sum + high.length, 0));
  let at = 0;
  sets.forEach(({ high, low }, place) => {
    for (let i = 0; i < high.length; i++) {
      words[at++] = lowWord(low[i] ?? 0, place);
      words[at++] = high[i] ?? 0;
    }
  });
  sortWords(words);
  return words;
}
