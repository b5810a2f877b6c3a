import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GeneSet, sortPairs } from '@genehound/genes';
import { open } from 'lmdb';
import type { LabelledGenes } from './gene-index.ts';
import { Merger } from './merger.ts';
import { ResidentMemory } from './resident-memory.ts';
import { SegmentIndex } from './segment-index.ts';

/**
 * The work of `bench/index/run.ts`: our gene index and a plain LMDB of one entry a gene, with the same genes and
 * the same questions, in one process. Prints one JSON document. Arguments: how many genes, how many of them the plain
 * LMDB gets (its random pages make it slow to load; more than it is given it need not hold).
 */

const BATCH = 50_000;
const BATCHES = 20;
const GENES_PER_SAMPLE = 50_000;
const SAMPLES_PER_RUN = 80;
const FAMILIES = 500;
/** Of a file that is labelled later. */
const LATER = 50;
const MEMORY = 1.5 * 2 ** 30;

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

/** Sample n, the same whenever it is asked for: a hundred million genes need not lie in memory to be known. */
function sample(number: number): LabelledGenes {
  const next = noise(Math.imul(number, 0x9e3779b1));
  const pairs = Uint32Array.from({ length: 2 * GENES_PER_SAMPLE }, next);
  return { genes: sortPairs(pairs), family: 1 + (number % FAMILIES) };
}

/** Half of them are in the index, half are not, in one sorted batch; of random ones among `samples` samples. */
function question(samples: number, seed: number): GeneSet {
  const next = noise(seed);
  const pairs = new Uint32Array(2 * BATCH);
  const sources = Array.from({ length: 50 }, () => sample(next() % samples).genes);
  for (let i = 0; i < BATCH; i += 1) {
    const source = sources[i % sources.length];
    const at = next() % (source?.high.length ?? 1);
    const isKnown = i % 2 === 0;
    pairs[2 * i] = isKnown ? (source?.low[at] ?? 0) : next();
    pairs[2 * i + 1] = isKnown ? (source?.high[at] ?? 0) : next();
  }
  return sortPairs(pairs);
}

function seconds(since: number): number {
  return (performance.now() - since) / 1000;
}

/** Look-ups a second in the fastest of three rounds. */
function rate(
  questions: readonly GeneSet[],
  ask: (genes: GeneSet) => number,
): { readonly perSecond: number; readonly found: number } {
  let least = Number.POSITIVE_INFINITY;
  let found = 0;
  for (let round = 0; round < 3; round += 1) {
    found = 0;
    const before = performance.now();
    for (const genes of questions) found += ask(genes);
    least = Math.min(least, seconds(before));
  }
  const asked = questions.reduce((sum, { high }) => sum + high.length, 0);
  return { perSecond: Math.round(asked / least), found };
}

function sizeOf(directory: string): number {
  return readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
}

const counted = (index: SegmentIndex) => (genes: GeneSet) =>
  index.lookup(genes).reduce((sum, id) => sum + (id === 0 ? 0 : 1), 0);

/** Bytes of this process in memory now, and the most there ever were; file pages of the system are not in them. */
function memory(): { readonly now: number; readonly peak: number } {
  const status = readFileSync('/proc/self/status', 'utf8');
  const field = (name: string): number => 1024 * Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
  return { now: field('RssAnon'), peak: field('VmHWM') };
}

async function build(directory: string, samples: number) {
  const merger = new Merger();
  const building = merger.build(directory);
  let making = 0;
  const started = performance.now();
  for (let from = 0; from < samples; from += SAMPLES_PER_RUN) {
    const before = performance.now();
    const labelled = Array.from({ length: Math.min(SAMPLES_PER_RUN, samples - from) }, (_, i) => sample(from + i));
    making += seconds(before);
    await building.add(labelled);
  }
  await building.finish({ leanings: new Map(), mix: 'common', generation: 1, lastLabel: null });
  const took = seconds(started) - making;
  await merger.close();
  return took;
}

/** Labels one file after another: from the merge's order to the first look-up that sees the genes, at the worst. */
async function addLater(index: SegmentIndex, samples: number) {
  const merger = new Merger();
  let worst = 0;
  let total = 0;
  for (let i = 0; i < LATER; i += 1) {
    const { genes, family } = sample(samples + i);
    const labelled = [{ genes: { high: genes.high.slice(), low: genes.low.slice() }, family }];
    const before = performance.now();
    const batch = { labelled, leanings: new Map(), mix: 'common', generation: 2 + i, lastLabel: null } as const;
    await merger.merge(index.directory, batch);
    index.refresh();
    if (counted(index)(genes) !== genes.high.length) throw new Error('A label is not visible');
    const took = seconds(before);
    worst = Math.max(worst, took);
    total += took;
  }
  await merger.compacted();
  index.refresh();
  await merger.close();
  return { worstSeconds: worst, meanSeconds: total / LATER };
}

async function measureOurs(directory: string, samples: number, questions: readonly GeneSet[]) {
  const loading = await build(directory, samples);
  const before = performance.now();
  const cold = SegmentIndex.open(directory, new ResidentMemory(0));
  const openSeconds = seconds(before);
  const first = counted(cold)(questions[0] ?? sample(0).genes);
  const firstAnswerSeconds = seconds(before);
  if (first === 0) throw new Error('Nothing was found');
  const uncached = rate(questions, counted(cold));
  cold.close();
  const index = SegmentIndex.open(directory, new ResidentMemory(MEMORY));
  const warming = performance.now();
  await index.warm();
  const warmSeconds = seconds(warming);
  const { genes } = index;
  const answers = rate(questions, counted(index));
  const bytesPerGene = sizeOf(directory) / genes;
  const later = await addLater(index, samples);
  await index.warm();
  const withDelta = rate(questions, counted(index));
  const { now, peak } = memory();
  const result = {
    genes,
    loadPerSecond: Math.round(genes / loading),
    openSeconds,
    firstAnswerSeconds,
    warmSeconds,
    lookupsPerSecond: answers.perSecond,
    lookupsPerSecondWithDelta: withDelta.perSecond,
    segments: index.segments,
    lookupsPerSecondWithoutCache: uncached.perSecond,
    found: answers.found,
    bytesPerGene,
    later,
    memory: { now, peak },
  };
  index.close();
  return result;
}

async function measurePlain(directory: string, samples: number, questions: readonly GeneSet[]) {
  const store = open<Buffer, Uint8Array>({
    path: directory,
    encoding: 'binary',
    keyEncoding: 'binary',
    mapSize: 64 * 2 ** 30,
  });
  const all = new Uint32Array(2 * samples * GENES_PER_SAMPLE);
  let at = 0;
  for (let number = 0; number < samples; number += 1) {
    const { high, low } = sample(number).genes;
    for (let i = 0; i < high.length; i += 1) {
      all[at++] = low[i] ?? 0;
      all[at++] = high[i] ?? 0;
    }
  }
  const before = performance.now();
  const sorted = sortPairs(all.subarray(0, at));
  const key = Buffer.alloc(8);
  const value = Buffer.from([1, 0, 0, 0]);
  store.transactionSync(() => {
    for (let i = 0; i < sorted.high.length; i += 1) {
      key.writeUInt32BE(sorted.high[i] ?? 0, 0);
      key.writeUInt32BE(sorted.low[i] ?? 0, 4);
      store.putSync(key, value);
    }
  });
  const loading = seconds(before);
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
const isPlainMeasured = process.argv[3] !== 'alone';
const root = mkdtempSync(join(tmpdir(), 'genehound-bench-'));
try {
  for (const name of ['ours', 'plain']) mkdirSync(join(root, name));
  const samples = Math.ceil(wanted / GENES_PER_SAMPLE);
  const questions = Array.from({ length: BATCHES }, (_, i) => question(samples, 1_000_003 + i));
  const ours = await measureOurs(join(root, 'ours'), samples, questions);
  const plain = isPlainMeasured ? await measurePlain(join(root, 'plain'), samples, questions) : null;
  process.stdout.write(`${JSON.stringify({ batch: BATCH, batches: BATCHES, ours, plain })}\n`);
} finally {
  rmSync(root, { recursive: true, force: true });
}
