import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type GeneSet, sortPairs, THRESHOLDS } from '@genehound/genes';
import fc from 'fast-check';
import { BadIndex } from './bad-index.ts';
import { finishBuild, writeRun } from './build-index.ts';
import { COMMON_FAMILY, type LabelledGenes, type MixRule, type NumberedLeaning } from './gene-index.ts';
import { pruneIndex, readManifest, writeManifestBody } from './manifest.ts';
import { mergeBatch } from './merge-batch.ts';
import { batchOf, familyOf, GENERATIONS, GENES, mergeAndCompact, SMALL } from './merge-forever.ts';
import { MERGE_STEPS } from './merge-step.ts';
import { Merger } from './merger.ts';
import { ResidentMemory } from './resident-memory.ts';
import { SegmentIndex } from './segment-index.ts';

const root = mkdtempSync(join(tmpdir(), 'genehound-index-'));
after(() => rmSync(root, { recursive: true, force: true }));
let directories = 0;
function directory(): string {
  directories += 1;
  const path = join(root, String(directories));
  mkdirSync(path);
  return path;
}

const set = (genes: readonly bigint[]): GeneSet =>
  sortPairs(Uint32Array.from(genes.flatMap((gene) => [Number(gene & 0xffff_ffffn), Number(gene >> 32n)])));
const leaningOf = (family: number): NumberedLeaning =>
  (['malicious', 'trusted', 'neither'] as const)[family % 3] ?? 'neither';
const leanings = new Map(Array.from({ length: 60 }, (_, family) => [family, leaningOf(family)]));

/** Opens it with so much memory, all of it warm. */
async function open(path: string, memory = 2 ** 28): Promise<SegmentIndex> {
  const index = SegmentIndex.open(path, new ResidentMemory(memory));
  await index.warm();
  return index;
}

/** The ways to the same index: every one must answer alike. `merges` are cut into generations. */
type Way = (path: string, merges: readonly (readonly LabelledGenes[])[], mix: MixRule) => void;

const mergedWith =
  (small: number): Way =>
  (path, merges, mix) =>
    merges.forEach((labelled, i) => {
      mergeBatch(path, { labelled, leanings, mix, generation: i + 1, lastLabel: null }, { small });
    });

const WAYS: Readonly<Record<string, Way>> = {
  'rewriting the newest segment': mergedWith(1_000_000),
  'one segment a merge': mergedWith(0),
  'one segment a merge, compacted': (path, merges, mix) =>
    merges.forEach((labelled, i) => {
      mergeAndCompact(path, { labelled, leanings, mix, generation: i + 1, lastLabel: null }, 0);
    }),
  'built from runs': (path, merges, mix) => {
    const runs = merges.map((labelled, i) => writeRun(path, i, labelled));
    finishBuild(path, runs, { leanings, mix, generation: merges.length, lastLabel: null });
  },
};

type Label = readonly [family: number, genes: readonly bigint[]];

/** The rules in the plainest words: a map of sets. */
function model(labels: readonly Label[], mix: MixRule): Map<bigint, 'common' | number[]> {
  const result = new Map<bigint, 'common' | number[]>();
  for (const [family, genes] of labels) {
    for (const gene of genes) {
      const before = result.get(gene) ?? [];
      if (before === 'common' || before.includes(family)) continue;
      if (family === COMMON_FAMILY) {
        if (mix === 'common' || before.length === 0) result.set(gene, 'common');
        continue;
      }
      const both = [...before, family].sort((a, b) => a - b);
      const isMixed = both.some((f) => leaningOf(f) === 'malicious') && both.some((f) => leaningOf(f) === 'trusted');
      if (isMixed) result.set(gene, mix === 'common' ? 'common' : before);
      else result.set(gene, both.length > THRESHOLDS.familiesPerGene ? 'common' : both);
    }
  }
  return result;
}

function check(
  index: SegmentIndex,
  expected: ReadonlyMap<bigint, 'common' | number[]>,
  others: readonly bigint[],
): void {
  const asked = [...new Set([...expected.keys(), ...others])]
    .filter((gene) => gene !== 0n)
    .sort((a, b) => (a < b ? -1 : 1));
  const answers = index.lookup(set(asked));
  asked.forEach((gene, i) => {
    const got = index.labelSet(answers[i] ?? 0);
    const want = expected.get(gene) ?? [];
    assert.deepEqual(got, want === 'common' ? { common: true, families: [] } : { common: false, families: want });
  });
  assert.equal(index.genes, expected.size);
}

/** Few distinct values, at the edges, too, so that sets grow and buckets are uneven. */
const gene = fc.oneof(
  fc.bigInt({ min: 1n, max: 40n }),
  fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
  fc.constantFrom(2n ** 64n - 1n, 2n ** 32n, 2n ** 63n),
);
const label = fc.tuple(fc.integer({ min: 0, max: 59 }), fc.uniqueArray(gene, { maxLength: 30 }));
const mixRule = fc.constantFrom<MixRule>('common', 'first');

describe('gene index', () => {
  for (const [name, way] of Object.entries(WAYS)) {
    it(`answers like a map of sets, however the labels are cut into merges: ${name}`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(label, { maxLength: 25 }), { maxLength: 4 }),
          mixRule,
          fc.array(gene),
          fc.constantFrom(0, 500, 2 ** 28),
          async (merges, mix, others, memory) => {
            const path = directory();
            const batches = merges.map((labels) => labels.map(([family, genes]) => ({ family, genes: set(genes) })));
            way(path, batches, mix);
            const index = await open(path, memory);
            check(index, model(merges.flat(), mix), others);
            assert.equal(index.generation, merges.length);
            index.verify();
            index.close();
          },
        ),
        { numRuns: 25 },
      );
    });
  }

  it('keeps answering the old generation during a merge in another thread, and the new one after it', async () => {
    const path = directory();
    const index = await open(path);
    const merger = new Merger();
    const asked = familyOf(3);
    for (let generation = 1; generation <= 4; generation += 1) {
      const before = index.generation;
      const done = merger.merge(path, batchOf(generation));
      assert.equal(index.generation, before);
      const early = index.lookup(asked);
      await done;
      assert.deepEqual(index.lookup(asked), early, 'committed, but this reader has not moved yet');
      index.refresh();
      assert.equal(index.generation, generation);
      const found = index.lookup(asked);
      assert.equal(
        found.every((id) => id !== 0),
        generation >= 3,
      );
      if (generation >= 3) assert.deepEqual(index.labelSet(found[0] ?? 0).families, [3]);
    }
    await merger.close();
    index.close();
  });

  it('grows over many segments and answers with little memory as with much', async () => {
    const path = directory();
    for (let generation = 1; generation <= 6; generation += 1) mergeAndCompact(path, batchOf(generation));
    for (const memory of [0, 50_000, 2 ** 28]) {
      const index = await open(path, memory);
      for (let family = 1; family <= 6; family += 1) {
        const ids = index.lookup(familyOf(family));
        assert.ok(ids.every((id) => index.labelSet(id).families.includes(family)));
      }
      assert.ok(index.lookup(familyOf(7)).every((id) => id === 0));
      index.close();
    }
  });

  it('gives the memory back that it took', async () => {
    const path = directory();
    mergeAndCompact(path, batchOf(1));
    const memory = new ResidentMemory(2 ** 28);
    const index = SegmentIndex.open(path, memory);
    await index.warm();
    assert.equal(memory.used, 12 * GENES);
    mergeAndCompact(path, batchOf(2));
    index.refresh();
    await index.warm();
    assert.equal(memory.used, 24 * GENES);
    index.close();
    assert.equal(memory.used, 0);
  });

  it('compacts in a thread of its own while it merges, and stays the same', async () => {
    const path = directory();
    const merger = new Merger(SMALL);
    const index = await open(path);
    let compactions = 0;
    const onCompacted = (error: BadIndex | null): void => {
      assert.equal(error, null);
      compactions += 1;
    };
    const generations = 16;
    const merges = Array.from({ length: generations }, (_, i) => merger.merge(path, batchOf(i + 1), onCompacted));
    await Promise.all(merges);
    await merger.compacted();
    index.refresh();
    assert.ok(compactions > 0);
    assert.equal(index.generation, generations);
    assert.equal(index.genes, generations * GENES);
    for (let family = 1; family <= generations; family += 1) {
      assert.ok(index.lookup(familyOf(family)).every((id) => index.labelSet(id).families.includes(family)));
    }
    index.close();
    await merger.close();
  });
});

function built(): string {
  const path = directory();
  mergeAndCompact(path, batchOf(1));
  mergeBatch(path, batchOf(2), { small: 0 });
  return path;
}

/** A copy of an index with one of its files changed. */
function damaged(path: string, name: string, change: (bytes: Buffer) => Buffer | null): string {
  const copy = directory();
  cpSync(path, copy, { recursive: true });
  const bytes = change(readFileSync(join(copy, name)));
  if (bytes === null) rmSync(join(copy, name));
  else writeFileSync(join(copy, name), bytes);
  return copy;
}

async function readWhole(path: string): Promise<void> {
  const index = SegmentIndex.open(path, new ResidentMemory(0));
  try {
    index.verify();
    index.lookup(familyOf(1));
  } finally {
    index.close();
  }
}

describe('a damaged gene index', () => {
  it('is refused when any of its files is cut off or gone', async () => {
    const path = built();
    for (const name of readdirSync(path)) {
      const size = statSync(join(path, name)).size;
      for (const left of [0, 1, size >> 1, size - 1]) {
        const copy = damaged(path, name, (bytes) => bytes.subarray(0, left));
        await assert.rejects(readWhole(copy), BadIndex, `${name} cut at ${left}`);
      }
      // An index without a manifest is an empty one: it says that it has reached no generation.
      if (name !== 'manifest') {
        await assert.rejects(readWhole(damaged(path, name, () => null)), BadIndex, `${name} gone`);
      }
    }
    const empty = await open(damaged(path, 'manifest', () => null));
    assert.deepEqual([empty.generation, empty.genes], [0, 0]);
    empty.close();
  });

  it('is refused when any bit is flipped', async () => {
    const path = built();
    for (const name of readdirSync(path)) {
      const size = statSync(join(path, name)).size;
      for (let i = 0; i < 40; i += 1) {
        const at = Math.floor((size * (i + 0.5)) / 40);
        const copy = damaged(path, name, (bytes) => {
          bytes[at] = (bytes[at] ?? 0) ^ (1 << (i & 7));
          return bytes;
        });
        await assert.rejects(readWhole(copy), BadIndex, `${name}, byte ${at}`);
      }
    }
  });

  it('never gives a wrong answer where a block was damaged after it was opened', async () => {
    const path = built();
    const index = SegmentIndex.open(path, new ResidentMemory(0));
    const [segment] = readManifest(path).segments;
    const file = join(path, `${segment?.name}.segment`);
    const bytes = readFileSync(file);
    bytes[100] = (bytes[100] ?? 0) ^ 4;
    writeFileSync(file, bytes);
    assert.throws(() => index.lookup(familyOf(1)), BadIndex);
    index.close();
  });

  it('is refused when it is of another format', () => {
    const path = built();
    writeManifestBody(path, JSON.stringify({ ...readManifest(path), format: 99 }));
    assert.throws(() => SegmentIndex.open(path, new ResidentMemory(0)), /another format/);
  });
});

/** The child's next message; rejects where it ends by itself instead. */
async function told(child: ChildProcess): Promise<void> {
  const ended = new AbortController();
  const exit = (): void => ended.abort(new Error('The merging child ended'));
  child.once('exit', exit);
  await once(child, 'message', { signal: ended.signal });
  child.off('exit', exit);
}

function started(path: string, ...step: readonly string[]): ChildProcess {
  return fork(join(import.meta.dirname, 'merge-forever.ts'), [path, ...step], { stdio: 'inherit' });
}

/** What a killed child left is one whole generation, at least `told`, from which merging goes on. */
async function checkWhole(path: string, least: number): Promise<void> {
  pruneIndex(path);
  const index = await open(path);
  const { generation } = index;
  assert.ok(generation >= least && generation <= GENERATIONS);
  for (let family = 1; family <= Math.min(GENERATIONS, generation + 5); family += 1) {
    const there = index.lookup(familyOf(family)).every((id) => id !== 0);
    assert.equal(there, family <= generation, `family ${family} at generation ${generation}`);
  }
  mergeAndCompact(path, batchOf(generation + 1));
  index.refresh();
  assert.ok(index.lookup(familyOf(generation + 1)).every((id) => index.labelSet(id).families[0] === generation + 1));
  index.verify();
  index.close();
}

describe('kill -9 in the middle of a merge', { timeout: 120_000 }, () => {
  for (const step of MERGE_STEPS) {
    it(`leaves a whole generation, from which merging goes on: ${step}`, async () => {
      for (const pass of ['1', '3', '7']) {
        const path = directory();
        const child = started(path, step, pass);
        let acknowledged = 0;
        child.on('message', (generation) => {
          acknowledged = Number(generation);
        });
        const [, signal] = await once(child, 'exit');
        assert.equal(signal, 'SIGKILL');
        await checkWhole(path, acknowledged);
      }
    });
  }

  it('leaves one wherever it comes', async () => {
    for (let round = 0; round < 3; round += 1) {
      const path = directory();
      const child = started(path);
      // The child tells of each merge as it begins the next; the moments differ with the machine.
      for (let skipped = 0; skipped <= round; skipped += 1) await told(child);
      child.kill('SIGKILL');
      await once(child, 'exit');
      await checkWhole(path, round + 1);
    }
  });
});
