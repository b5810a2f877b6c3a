import { Worker } from 'node:worker_threads';
import { BadIndex } from './bad-index.ts';
import type { MergeAnswer, MergeOrder } from './merge-worker.ts';
import type { SegmentInfo } from './segment-layout.ts';

/** Milliseconds without work after which the thread ends: a merge leaves it with hundreds of megabytes. */
const IDLE = 5_000;

function buffersOf(order: MergeOrder): readonly ArrayBuffer[] {
  const labelled = order.kind === 'merge' ? order.batch.labelled : order.kind === 'run' ? order.labelled : [];
  const buffers = labelled.flatMap(({ genes }) => [genes.high.buffer, genes.low.buffer]);
  return [...new Set(buffers)].filter((buffer) => buffer instanceof ArrayBuffer);
}

/** Carries orders out in a thread of its own, one after another. */
export class MergeThread {
  #worker: Worker | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #idle: NodeJS.Timeout | null = null;
  #closed = false;

  /** `make` is called when its turn comes. Takes the genes' memory. Rejects with BadIndex where the index must be built anew. */
  run(make: () => MergeOrder): Promise<readonly SegmentInfo[]> {
    const next = this.#last.then(() => this.#run(make()));
    this.#last = next.catch(() => undefined);
    return next;
  }

  /** Ends after the orders that were given. */
  async close(): Promise<void> {
    await this.#last;
    await this.stop();
  }

  /** Ends at once; the order under way is lost, the index is not. */
  async stop(): Promise<void> {
    this.#closed = true;
    await this.#end();
  }

  async #end(): Promise<void> {
    if (this.#idle !== null) clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  async #run(order: MergeOrder): Promise<readonly SegmentInfo[]> {
    if (this.#closed) throw new BadIndex('The merging thread was closed');
    if (this.#idle !== null) clearTimeout(this.#idle);
    try {
      return await this.#order(order);
    } finally {
      this.#idle = setTimeout(() => void this.#end(), IDLE);
      this.#idle.unref();
    }
  }

  #order(order: MergeOrder): Promise<readonly SegmentInfo[]> {
    const worker = this.#start();
    return new Promise((resolve, reject) => {
      const settle = (action: () => void): void => {
        worker.off('message', onMessage);
        worker.off('error', onError);
        worker.off('exit', onExit);
        action();
      };
      const onMessage = ({ error, segments }: MergeAnswer): void =>
        settle(() => (error === null ? resolve(segments) : reject(new BadIndex(error))));
      const onError = (error: Error): void => settle(() => reject(new BadIndex(`The merge failed: ${error.message}`)));
      const onExit = (): void => settle(() => reject(new BadIndex('The merging thread ended')));
      worker.on('message', onMessage);
      worker.on('error', onError);
      worker.on('exit', onExit);
      worker.postMessage(order, [...buffersOf(order)]);
    });
  }

  #start(): Worker {
    if (this.#worker !== null) return this.#worker;
    const worker = new Worker(new URL('./merge-worker.ts', import.meta.url), { env: {}, stdin: false });
    const forget = (): void => {
      if (this.#worker === worker) this.#worker = null;
    };
    worker.on('exit', forget);
    worker.on('error', forget);
    worker.unref();
    this.#worker = worker;
    return worker;
  }
}
