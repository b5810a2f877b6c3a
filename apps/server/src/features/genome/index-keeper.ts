import { GLOBAL_ORGANISATION } from '@genehound/contract';
import { leaningOf } from '@genehound/genes';
import type { Log } from '@genehound/intake';
import type { Database } from '../../platform/database.ts';
import { BadIndex } from './gene-index/bad-index.ts';
import type { MixRule, NumberedLeaning } from './gene-index/gene-index.ts';
import { pruneIndex } from './gene-index/manifest.ts';
import type { Merger } from './gene-index/merger.ts';
import type { ResidentMemory } from './gene-index/resident-memory.ts';
import { SegmentIndex } from './gene-index/segment-index.ts';
import { IndexDirectory } from './index-directory.ts';
import { knowsLabel, wasRevoked } from './index-store.ts';
import { labelParts } from './label-parts.ts';
import { familiesOf, generationOf } from './label-store.ts';

/**
 * Keeps the index file of one scope true to the labels in PostgreSQL: opens it, follows the generations, and builds
 * it anew where it is missing, damaged, of another scheme or of another past.
 */
export class IndexKeeper {
  readonly #scope: string;
  readonly #db: Database;
  readonly #log: Log;
  readonly #merger: Merger;
  readonly #memory: ResidentMemory;
  readonly #directory: IndexDirectory;
  #index: SegmentIndex | null = null;
  #running: Promise<void> = Promise.resolve();
  #opening: Promise<void> | null = null;
  #closed = false;

  constructor(scope: string, data: string, db: Database, merger: Merger, memory: ResidentMemory, log: Log) {
    this.#scope = scope;
    this.#memory = memory;
    this.#db = db;
    this.#merger = merger;
    this.#log = log.child({ scope });
    this.#directory = new IndexDirectory(data, scope);
  }

  /** The index as it is now; null until the first `catchUp`. */
  get index(): SegmentIndex | null {
    return this.#index;
  }

  /** Brings the index to the newest generation, one call after another. Throws where the database cannot be read. */
  catchUp(): Promise<void> {
    const next = this.#running.catch(() => undefined).then(() => this.#follow());
    this.#running = next;
    return next;
  }

  /** Resolves once the index was opened and followed for the first time. */
  opened(): Promise<void> {
    this.#opening ??= this.catchUp().catch((error: unknown) => {
      this.#opening = null;
      throw error;
    });
    return this.#opening;
  }

  /** Builds the index anew: what it answered could not be read. */
  distrust(reason: string): Promise<void> {
    this.#log.warn({ reason }, 'gene index is bad');
    const next = this.#running
      .catch(() => undefined)
      .then(async () => {
        if (!this.#closed) await this.#rebuild(await generationOf(this.#db, this.#scope));
      });
    this.#running = next;
    return next;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#running.catch(() => undefined);
    await this.#index?.close();
    this.#index = null;
  }

  async #follow(): Promise<void> {
    if (this.#closed) return;
    const target = await generationOf(this.#db, this.#scope);
    const index = this.#index ?? (await this.#open());
    if (index === null && target === 0) return;
    if (index === null || (this.#index === null && !(await this.#isOfThisPast(index, target)))) {
      await index?.close();
      return await this.#rebuild(target);
    }
    this.#index = index;
    if (index.generation === target) return;
    const { generation } = index;
    // Nothing is in it: sorting everything at once is faster than merging part by part.
    if (generation === 0 || generation > target || (await wasRevoked(this.#db, this.#scope, generation, target))) {
      return await this.#rebuild(target);
    }
    try {
      await this.#add(index, generation, target);
    } catch (error) {
      if (!(error instanceof BadIndex)) throw error;
      this.#log.warn({ reason: error.message }, 'gene index is bad');
      await this.#rebuild(target);
    }
  }

  async #open(): Promise<SegmentIndex | null> {
    const directory = await this.#directory.current();
    if (directory === null) return null;
    try {
      pruneIndex(directory);
      const index = SegmentIndex.open(directory, this.#memory);
      this.#warm(index);
      this.#log.info({ genes: index.genes, generation: index.generation }, 'gene index open');
      return index;
    } catch (error) {
      if (!(error instanceof BadIndex)) throw error;
      this.#log.warn({ reason: error.message }, 'gene index is bad');
      return null;
    }
  }

  /** False where the database does not know the newest label of the index: it was put back to an earlier state. */
  async #isOfThisPast({ lastLabel, generation }: SegmentIndex, target: number): Promise<boolean> {
    if (generation > target) return false;
    return lastLabel === null || knowsLabel(this.#db, this.#scope, lastLabel, target);
  }

  /** Reads the index into memory while it answers; what is found damaged is built anew. */
  #warm(index: SegmentIndex): void {
    index.warm().catch((error: unknown) => {
      if (this.#index === index && !this.#closed) void this.distrust(String(error)).catch(() => undefined);
    });
  }

  async #rebuild(target: number): Promise<void> {
    const started = Date.now();
    const directory = await this.#directory.prepare();
    const build = this.#merger.build(directory);
    let lastLabel: string | null = null;
    for await (const part of labelParts(this.#db, this.#scope, { after: 0, until: target }, this.#log)) {
      lastLabel = part.last ?? lastLabel;
      await build.add(part.labelled);
    }
    await build.finish({ leanings: await this.#leanings(), mix: this.#mix, generation: target, lastLabel });
    const index = SegmentIndex.open(directory, this.#memory);
    await this.#directory.adopt(directory);
    const old = this.#index;
    this.#index = index;
    old?.close();
    this.#warm(index);
    await this.#directory.prune();
    this.#log.info({ genes: index.genes, generation: target, milliseconds: Date.now() - started }, 'gene index built');
  }

  get #mix(): MixRule {
    return this.#scope === GLOBAL_ORGANISATION ? 'common' : 'first';
  }

  /** Merges the labels of (after, until] into the index, in parts that fit into memory. */
  async #add(index: SegmentIndex, after: number, until: number): Promise<void> {
    const leanings = await this.#leanings();
    for await (const part of labelParts(this.#db, this.#scope, { after, until }, this.#log)) {
      const { labelled, generation, last } = part;
      const batch = { labelled, leanings, mix: this.#mix, generation, lastLabel: last };
      await this.#merger.merge(index.directory, batch, (error) => this.#onCompacted(index, error));
      index.refresh();
      this.#warm(index);
    }
  }

  #onCompacted(index: SegmentIndex, error: BadIndex | null): void {
    if (this.#index !== index || this.#closed) return;
    try {
      if (error !== null) throw error;
      index.refresh();
      this.#warm(index);
    } catch (caught) {
      void this.distrust(String(caught)).catch(() => undefined);
    }
  }

  async #leanings(): Promise<ReadonlyMap<number, NumberedLeaning>> {
    const families = await familiesOf(this.#db, [this.#scope]);
    return new Map(
      families.map(({ number, type }) => {
        const leaning = leaningOf(type);
        return [number, leaning === 'malicious' || leaning === 'trusted' ? leaning : 'neither'];
      }),
    );
  }
}
