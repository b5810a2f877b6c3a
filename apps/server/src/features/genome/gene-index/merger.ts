import { Worker } from 'node:worker_threads';
import type { MergeBatch } from './gene-index.ts';
import { BadIndex } from './lmdb-file.ts';
import type { MergeAnswer, MergeOrder } from './merge-worker.ts';

/** Milliseconds without work after which the thread ends: a merge leaves it with hundreds of megabytes. */
const IDLE = 5_000;

/** Merges batches in a thread of its own, one after another. */
export class Merger {
  #worker: Worker | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #idle: NodeJS.Timeout | null = null;

  /** Resolves when the batch is committed; rejects with BadIndex where the index must be built anew. */
  merge(directory: string, batch: MergeBatch): Promise<void> {
    const next = this.#last.then(() => this.#run({ directory, batch }));
    this.#last = next.catch(() => undefined);
    return next;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#end();
  }

  async #end(): Promise<void> {
    if (this.#idle !== null) clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  async #run(order: MergeOrder): Promise<void> {
    if (this.#idle !== null) clearTimeout(this.#idle);
    try {
      await this.#order(order);
    } finally {
      this.#idle = setTimeout(() => void this.#end(), IDLE);
      this.#idle.unref();
    }
  }

  #order(order: MergeOrder): Promise<void> {
    const worker = this.#start();
    const buffers = order.batch.labelled.flatMap(({ genes }) => [genes.high.buffer, genes.low.buffer]);
    const transfer = [...new Set(buffers)].filter((buffer) => buffer instanceof ArrayBuffer);
    return new Promise((resolve, reject) => {
      const settle = (action: () => void): void => {
        worker.off('message', onMessage);
        worker.off('error', onError);
        worker.off('exit', onExit);
        action();
      };
      const onMessage = ({ error }: MergeAnswer): void =>
        settle(() => (error === null ? resolve() : reject(new BadIndex(error))));
      const onError = (error: Error): void => settle(() => reject(new BadIndex(`The merge failed: ${error.message}`)));
      const onExit = (): void => settle(() => reject(new BadIndex('The merging thread ended')));
      worker.on('message', onMessage);
      worker.on('error', onError);
      worker.on('exit', onExit);
      worker.postMessage(order, transfer);
    });
  }

  #start(): Worker {
    if (this.#worker !== null) return this.#worker;
    const worker = new Worker(new URL('./merge-worker.ts', import.meta.url), { env: {}, stdin: false });
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = null;
    });
    worker.on('error', () => {
      if (this.#worker === worker) this.#worker = null;
    });
    worker.unref();
    this.#worker = worker;
    return worker;
  }
}
