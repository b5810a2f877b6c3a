import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type GeneSet, sortPairs, THRESHOLDS } from '@genehound/genes';
import fc from 'fast-check';
import type { LabelledGenes, MergeBatch, MixRule, NumberedLeaning } from './gene-index.ts';
import { BadIndex, openFile } from './lmdb-file.ts';
import { LmdbIndex } from './lmdb-index.ts';
import { mergeIntoFile } from './merge-file.ts';
import { batchOf, familyOf, GENERATIONS } from './merge-forever.ts';
import { Merger } from './merger.ts';

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

async function merge(
  path: string,
  labelled: readonly LabelledGenes[],
  mix: MixRule,
  generation: number,
): Promise<void> {
  const file = openFile(path);
  mergeIntoFile(file, { labelled, leanings, mix, generation, lastLabel: null });
  await file.root.close();
}

type Label = readonly [family: number, genes: readonly bigint[]];

/** The rules in the plainest words: a map of sets. */
function model(labels: readonly Label[], mix: MixRule): Map<bigint, 'common' | number[]> {
  const result = new Map<bigint, 'common' | number[]>();
  for (const [family, genes] of labels) {
    for (const gene of genes) {
      const before = result.get(gene) ?? [];
      if (before === 'common' || before.includes(family)) continue;
      const both = [...before, family].sort((a, b) => a - b);
      const isMixed = both.some((f) => leaningOf(f) === 'malicious') && both.some((f) => leaningOf(f) === 'trusted');
      if (isMixed) result.set(gene, mix === 'common' ? 'common' : before);
      else result.set(gene, both.length > THRESHOLDS.familiesPerGene ? 'common' : both);
    }
  }
  return result;
}

function check(index: LmdbIndex, expected: ReadonlyMap<bigint, 'common' | number[]>, others: readonly bigint[]): void {
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
const label = fc.tuple(fc.nat(59), fc.uniqueArray(gene, { maxLength: 30 }));
const mixRule = fc.constantFrom<MixRule>('common', 'first');

describe('gene index', () => {
  it('answers like a map of sets, however the labels are cut into merges', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(label, { maxLength: 25 }), { maxLength: 3 }),
        mixRule,
        fc.array(gene),
        async (merges, mix, others) => {
          const path = directory();
          let generation = 0;
          for (const labels of merges) {
            generation += 1;
            await merge(
              path,
              labels.map(([family, genes]) => ({ family, genes: set(genes) })),
              mix,
              generation,
            );
          }
          const index = LmdbIndex.open(path);
          check(index, model(merges.flat(), mix), others);
          assert.equal(index.generation, generation);
          await index.close();
          const whole = directory();
          await merge(
            whole,
            merges.flat().map(([family, genes]) => ({ family, genes: set(genes) })),
            mix,
            generation,
          );
          const rebuilt = LmdbIndex.open(whole);
          check(rebuilt, model(merges.flat(), mix), others);
          await rebuilt.close();
        },
      ),
      { numRuns: 40 },
    );
  });

  it('keeps answering the old generation during a merge in another thread, and the new one after it', async () => {
    const path = directory();
    const index = LmdbIndex.open(path, 1_000_000);
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
    await index.close();
  });

  it('grows over many buckets and answers with a small cache as with none', async () => {
    const path = directory();
    for (let generation = 1; generation <= 6; generation += 1) {
      const file = openFile(path);
      mergeIntoFile(file, batchOf(generation));
      await file.root.close();
    }
    for (const cache of [0, 50_000, 2 ** 28]) {
      const index = LmdbIndex.open(path, cache);
      for (let family = 1; family <= 6; family += 1) {
        const ids = index.lookup(familyOf(family));
        assert.ok(ids.every((id) => index.labelSet(id).families.includes(family)));
      }
      assert.ok(index.lookup(familyOf(7)).every((id) => id === 0));
      await index.close();
    }
  });
});

async function built(): Promise<string> {
  const path = directory();
  const file = openFile(path);
  mergeIntoFile(file, batchOf(1));
  mergeIntoFile(file, batchOf(2));
  await file.root.close();
  return path;
}

describe('a damaged gene index', () => {
  it('is refused when it is cut off anywhere', async () => {
    const path = await built();
    const size = readFileSync(join(path, 'data.mdb')).length;
    for (const left of [1, 100, 4096, 8191, 8192, 20_000, size >> 1, size - 4096]) {
      const copy = directory();
      copyFileSync(join(path, 'data.mdb'), join(copy, 'data.mdb'));
      truncateSync(join(copy, 'data.mdb'), left);
      assert.throws(() => LmdbIndex.open(copy), BadIndex, `cut at ${left}`);
    }
  });

  it('is refused when genes or set ids were changed, and when it is of another format', async () => {
    const path = await built();
    const bytes = readFileSync(join(path, 'data.mdb'));
    const high = Buffer.from(Uint32Array.of(familyOf(2).high[500] ?? 0).buffer);
    const at = bytes.lastIndexOf(high);
    assert.ok(at > 0);
    const copy = directory();
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(join(copy, 'data.mdb'), bytes);
    assert.throws(() => LmdbIndex.open(copy), /damaged/);
    const file = openFile(path);
    file.sets.putSync(2, Buffer.from(Uint32Array.of(77).buffer));
    await file.root.close();
    assert.throws(() => LmdbIndex.open(path), /label sets/);
    const again = openFile(path);
    again.meta.putSync('meta', { format: 99 });
    await again.root.close();
    assert.throws(() => LmdbIndex.open(path), /another format/);
  });

  it('is refused after reading it ended a process', async () => {
    const path = await built();
    writeFileSync(join(path, 'verifying'), '');
    assert.throws(() => LmdbIndex.open(path), BadIndex);
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

function started(path: string): { readonly child: ChildProcess; readonly merged: Promise<unknown> } {
  const child = fork(join(import.meta.dirname, 'merge-forever.ts'), [path], { stdio: 'inherit' });
  return { child, merged: told(child) };
}

describe('kill -9 in the middle of a merge', { timeout: 120_000 }, () => {
  it('leaves a whole generation, from which merging goes on', async () => {
    for (let round = 0; round < 3; round += 1) {
      const path = directory();
      const { child, merged } = started(path);
      await merged;
      // The child tells of each merge as it begins the next; the moments differ with the machine.
      for (let skipped = 0; skipped < round; skipped += 1) await told(child);
      child.kill('SIGKILL');
      await once(child, 'exit');
      assert.ok(existsSync(join(path, 'data.mdb')));
      const index = LmdbIndex.open(path);
      const { generation } = index;
      assert.ok(generation >= 1 && generation <= GENERATIONS);
      for (let family = 1; family <= GENERATIONS; family += 1) {
        const there = index.lookup(familyOf(family)).every((id) => id !== 0);
        assert.equal(there, family <= generation, `family ${family} at generation ${generation}`);
      }
      await index.close();
      const file = openFile(path);
      const next: MergeBatch = batchOf(generation + 1);
      mergeIntoFile(file, next);
      await file.root.close();
    }
  });
});
