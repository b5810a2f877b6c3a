import { BadIndex } from './bad-index.ts';
import type { BuildEnd } from './build-index.ts';
import { planCompaction } from './compact-segments.ts';
import type { LabelledGenes, MergeBatch } from './gene-index.ts';
import { MergeThread } from './merge-thread.ts';
import type { SegmentInfo } from './segment-layout.ts';

/** Hears that the segments of a directory were made fewer, or why they could not be. */
export type OnCompacted = (error: BadIndex | null) => void;

/** Builds an index of labels that are given in parts. */
export interface IndexBuild {
  add(labelled: readonly LabelledGenes[]): Promise<void>;
  finish(end: BuildEnd): Promise<void>;
}

/**
 * Merges batches in a thread of its own, one after another, and makes few segments of many in another one, so that
 * no label waits for that.
 */
export class Merger {
  readonly #merging = new MergeThread();
  readonly #compacting = new MergeThread();
  /** What is being compacted, by directory. */
  readonly #frozen = new Map<string, readonly SegmentInfo[]>();
  readonly #small: number | undefined;
  #closed = false;
  #compactions: Promise<unknown> = Promise.resolve();

  /** `small`: entries up to which the newest segments are rewritten with each batch. */
  constructor(small?: number) {
    this.#small = small;
  }

  /** Resolves when the batch is committed; rejects with BadIndex where the index must be built anew. */
  async merge(directory: string, batch: MergeBatch, onCompacted: OnCompacted = () => undefined): Promise<void> {
    const segments = await this.#merging.run(() => {
      const frozen = (this.#frozen.get(directory) ?? []).map(({ name }) => name);
      return { kind: 'merge', directory, batch, frozen, small: this.#small };
    });
    this.#plan(directory, segments, onCompacted);
  }

  /** Into a directory without an index. */
  build(directory: string): IndexBuild {
    const runs: SegmentInfo[] = [];
    return {
      add: async (labelled) => {
        runs.push(...(await this.#merging.run(() => ({ kind: 'run', directory, number: runs.length, labelled }))));
      },
      finish: async (end) => {
        await this.#merging.run(() => ({ kind: 'finish', directory, runs, end }));
      },
    };
  }

  /** Resolves when nothing is being compacted. */
  async compacted(): Promise<void> {
    while (this.#frozen.size > 0) await this.#compactions;
  }

  /** Merges what was given; a compaction under way is given up, for it changes nothing. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#compacting.stop();
    await this.#compactions;
    await this.#merging.close();
  }

  #plan(directory: string, segments: readonly SegmentInfo[], onCompacted: OnCompacted): void {
    if (this.#closed || this.#frozen.has(directory)) return;
    const plan = planCompaction(segments);
    if (plan === null) return;
    this.#frozen.set(directory, plan);
    this.#compactions = this.#compact(directory, plan, plan.length === segments.length, onCompacted);
  }

  async #compact(
    directory: string,
    plan: readonly SegmentInfo[],
    isOldest: boolean,
    onCompacted: OnCompacted,
  ): Promise<void> {
    let segments: readonly SegmentInfo[] = [];
    let error: BadIndex | null = null;
    try {
      const [compacted] = await this.#compacting.run(() => ({ kind: 'compact', directory, segments: plan, isOldest }));
      const names = plan.map(({ name }) => name);
      if (compacted !== undefined) {
        segments = await this.#merging.run(() => ({ kind: 'replace', directory, names, compacted }));
      }
    } catch (caught) {
      error = caught instanceof BadIndex ? caught : new BadIndex(String(caught));
    }
    this.#frozen.delete(directory);
    if (this.#closed) return;
    onCompacted(error);
    if (error === null) this.#plan(directory, segments, onCompacted);
  }
}
