import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GeneSet, sortPairs } from '@genehound/genes';
import { open } from 'lmdb';
import { openFile } from './lmdb-file.ts';
import { LmdbIndex } from './lmdb-index.ts';
import { mergeIntoFile } from './merge-file.ts';

/**
 * The work of `bench/index/run.ts`: our gene index and a plain LMDB of one entry a gene, with the same genes and
 * the same questions, in one process. Prints one JSON document. Argument: how many genes.
 */

const BATCH = 50_000;
const BATCHES = 20;
const GENES_PER_SAMPLE = 10_000;
const SAMPLES_PER_MERGE = 200;
const FAMILIES = 500;

/** Reproducible noise, like hashes. */
function noise(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return (value ^ (value >>> 14)) >>> 0;
  };
}

function randomGenes(count: number, seed: number): GeneSet {
  const next = noise(seed);
  return sortPairs(Uint32Array.from({ length: 2 * count }, next));
}

/** Half of them are in the index, half are not, in one sorted batch. */
function question(known: readonly GeneSet[], seed: number): GeneSet {
  const next = noise(seed);
  const pairs = new Uint32Array(2 * BATCH);
  for (let i = 0; i < BATCH; i += 1) {
    const sample = known[next() % known.length];
    const at = next() % (sample?.high.length ?? 1);
    const isKnown = i % 2 === 0;
    pairs[2 * i] = isKnown ? (sample?.low[at] ?? 0) : next();
    pairs[2 * i + 1] = isKnown ? (sample?.high[at] ?? 0) : next();
  }
  return sortPairs(pairs);
}

function seconds(work: () => void): number {
  const before = performance.now();
  work();
  return (performance.now() - before) / 1000;
}

/** Look-ups a second, of each half of the rounds the faster. */
function rate(
  questions: readonly GeneSet[],
  ask: (genes: GeneSet) => number,
): { readonly perSecond: number; readonly found: number } {
  let least = Number.POSITIVE_INFINITY;
  let found = 0;
  for (let round = 0; round < 3; round += 1) {
    found = 0;
    const took = seconds(() => {
      for (const genes of questions) found += ask(genes);
    });
    least = Math.min(least, took);
  }
  const asked = questions.reduce((sum, { high }) => sum + high.length, 0);
  return { perSecond: Math.round(asked / least), found };
}

function sizeOf(directory: string): number {
  return statSync(join(directory, 'data.mdb')).size;
}

async function measureOurs(directory: string, samples: readonly GeneSet[], questions: readonly GeneSet[]) {
  let loading = 0;
  for (let from = 0, generation = 1; from < samples.length; from += SAMPLES_PER_MERGE, generation += 1) {
    const labelled = samples
      .slice(from, from + SAMPLES_PER_MERGE)
      .map((genes, index) => ({ genes, family: 1 + ((from + index) % FAMILIES) }));
    const file = openFile(directory);
    loading += seconds(() =>
      mergeIntoFile(file, { labelled, leanings: new Map(), mix: 'common', generation, lastLabel: null }),
    );
    await file.root.close();
  }
  const before = performance.now();
  const index = LmdbIndex.open(directory);
  const opening = (performance.now() - before) / 1000;
  const { genes } = index;
  const answers = rate(questions, (question) =>
    index.lookup(question).reduce((sum, id) => sum + (id === 0 ? 0 : 1), 0),
  );
  await index.close();
  const uncached = LmdbIndex.open(directory, 0);
  const cold = rate(questions, (question) =>
    uncached.lookup(question).reduce((sum, id) => sum + (id === 0 ? 0 : 1), 0),
  );
  await uncached.close();
  return {
    genes,
    loadPerSecond: Math.round(genes / loading),
    openSeconds: opening,
    lookupsPerSecond: answers.perSecond,
    lookupsPerSecondWithoutCache: cold.perSecond,
    found: answers.found,
    bytesPerGene: sizeOf(directory) / genes,
  };
}

async function measurePlain(directory: string, samples: readonly GeneSet[], questions: readonly GeneSet[]) {
  const store = open<Buffer, Uint8Array>({
    path: directory,
    encoding: 'binary',
    keyEncoding: 'binary',
    mapSize: 64 * 2 ** 30,
  });
  const all = new Uint32Array(samples.reduce((sum, { high }) => sum + 2 * high.length, 0));
  let at = 0;
  for (const { high, low } of samples) {
    for (let i = 0; i < high.length; i += 1) {
      all[at++] = low[i] ?? 0;
      all[at++] = high[i] ?? 0;
    }
  }
  const sorted = sortPairs(all);
  const key = Buffer.alloc(8);
  const value = Buffer.from([1, 0, 0, 0]);
  const loading = seconds(() => {
    store.transactionSync(() => {
      for (let i = 0; i < sorted.high.length; i += 1) {
        key.writeUInt32BE(sorted.high[i] ?? 0, 0);
        key.writeUInt32BE(sorted.low[i] ?? 0, 4);
        store.putSync(key, value);
      }
    });
  });
  const answers = rate(questions, ({ high, low }) => {
    let found = 0;
    for (let i = 0; i < high.length; i += 1) {
      key.writeUInt32BE(high[i] ?? 0, 0);
      key.writeUInt32BE(low[i] ?? 0, 4);
      if (store.getBinaryFast(key) !== undefined) found += 1;
    }
    return found;
  });
  await store.close();
  return {
    loadPerSecond: Math.round(sorted.high.length / loading),
    lookupsPerSecond: answers.perSecond,
    found: answers.found,
    bytesPerGene: sizeOf(directory) / sorted.high.length,
  };
}

const wanted = Number(process.argv[2] ?? 4_000_000);
const root = mkdtempSync(join(tmpdir(), 'genehound-bench-'));
try {
  for (const name of ['ours', 'plain']) mkdirSync(join(root, name));
  const samples = Array.from({ length: Math.ceil(wanted / GENES_PER_SAMPLE) }, (_, i) =>
    randomGenes(GENES_PER_SAMPLE, i + 1),
  );
  const questions = Array.from({ length: BATCHES }, (_, i) => question(samples, 1_000_003 + i));
  const ours = await measureOurs(join(root, 'ours'), samples, questions);
  const plain = await measurePlain(join(root, 'plain'), samples, questions);
  process.stdout.write(`${JSON.stringify({ batch: BATCH, batches: BATCHES, ours, plain })}\n`);
} finally {
  rmSync(root, { recursive: true, force: true });
}
