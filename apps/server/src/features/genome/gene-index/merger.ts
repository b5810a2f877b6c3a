import { Worker } from 'node:worker_threads';
import type { MergeBatch } from './gene-index.ts';
import { BadIndex } from './lmdb-file.ts';
import type { MergeAnswer, MergeOrder } from './merge-worker.ts';

/** Merges batches in a thread of its own, one after another. */
export class Merger {
  #worker: Worker | null = null;
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves when the batch is committed; rejects with BadIndex where the index must be built anew. */
  merge(directory: string, batch: MergeBatch): Promise<void> {
    const next = this.#last.then(() => this.#run({ directory, batch }));
    this.#last = next.catch(() => undefined);
    return next;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#worker?.terminate();
    this.#worker = null;
  }

  #run(order: MergeOrder): Promise<void> {
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
