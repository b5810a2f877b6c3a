import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, inTransaction, type Tx } from '../../platform/database.ts';
import { fault } from '../../platform/fault.ts';
import { activateLabels, waitingLabels } from './label-store.ts';

/** Labels that begin to speak together, as one generation and one merge. */
const LABELS_PER_GENERATION = 2_000;
/** So many ready labels are worth a merge at once. */
const WORTH_A_MERGE = 500;
/** While samples are still coming, merging may take this share of the time: each merge rewrites most of the index. */
const SHARE_OF_TIME = 0.1;
/** Milliseconds; a single new sample among slow ones is not kept waiting longer. */
const LONGEST_WAIT = 5_000;

export interface ActivatorOptions {
  readonly db: Database;
  readonly catchUp: (scope: string) => Promise<void>;
  /** In the transaction in which a scope reaches a generation. */
  readonly onGeneration: (tx: Tx, scope: string, generation: number) => Promise<void>;
}

/**
 * Lets labels speak once their samples are analysed. One sample speaks at once, a thousand in a few merges: while
 * more are coming, it waits in proportion to what the last merge took.
 */
export class LabelActivator {
  readonly #options: ActivatorOptions;
  readonly #running = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();
  #lastEnd = 0;
  #lastDuration = 0;

  constructor(options: ActivatorOptions) {
    this.#options = options;
  }

  /** Resolves when every label of the scope that was ready at the call speaks and the index answers by it. */
  request(scope: string): Promise<void> {
    const before = this.#running.get(scope) ?? Promise.resolve();
    const next = before.catch(() => undefined).then(() => this.#run(scope));
    this.#running.set(scope, next);
    return next.finally(() => {
      if (this.#running.get(scope) === next) this.#running.delete(scope);
    });
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#running.values());
  }

  async #run(scope: string): Promise<void> {
    for (;;) {
      const { ready, pending } = await waitingLabels(this.#options.db, scope);
      if (ready === 0 || this.#stop.signal.aborted) return;
      const wait = this.#lastEnd + this.#lastDuration * (1 / SHARE_OF_TIME - 1) - Date.now();
      if (pending > 0 && ready < WORTH_A_MERGE && wait > 0) {
        await this.#pause(Math.min(wait, LONGEST_WAIT));
        if (this.#stop.signal.aborted) return;
      }
      await this.#activate(scope);
    }
  }

  async #activate(scope: string): Promise<void> {
    const started = Date.now();
    const { db, catchUp, onGeneration } = this.#options;
    const generation = await inTransaction(db, async (tx) => {
      const reached = await activateLabels(tx, scope, LABELS_PER_GENERATION);
      if (reached !== null) await onGeneration(tx, scope, reached);
      return reached;
    });
    if (generation === null) return;
    fault('analysis:between-commit-and-index');
    await catchUp(scope);
    this.#lastEnd = Date.now();
    this.#lastDuration = this.#lastEnd - started;
  }

  async #pause(milliseconds: number): Promise<void> {
    try {
      await sleep(milliseconds, undefined, { signal: this.#stop.signal });
    } catch {
      // Woken by close().
    }
  }
}
