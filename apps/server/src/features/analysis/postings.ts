import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type GeneSet, SCHEME } from '@genehound/genes';
import type { Log } from '@genehound/intake';
import type { GenomeToAdd } from './postings/postings-directory.ts';
import type { PostingsAnswer, PostingsOrder, PostingsSettings } from './postings/postings-worker.ts';

interface Waiting {
  readonly resolve: (numbers: Float64Array) => void;
  readonly reject: (error: Error) => void;
}

/** The postings of a data directory, in a thread of their own. Orders are carried out one after another. */
export class Postings {
  readonly #settings: PostingsSettings;
  readonly #log: Log;
  #worker: Worker | null = null;
  #waiting: Waiting[] = [];
  #isClosed = false;

  constructor(data: string, log: Log) {
    this.#settings = { path: join(data, 'postings'), scheme: SCHEME };
    this.#log = log;
  }

  /** Numbers of the artifacts whose genes are in the postings, ascending. */
  covered(): Promise<Float64Array> {
    return this.#ask({ kind: 'covered' });
  }

  /** Durable when it resolves. */
  async add(genomes: readonly GenomeToAdd[]): Promise<void> {
    await this.#ask({ kind: 'add', genomes });
  }

  /** Numbers of artifacts that may have one of these genes, ascending; every one that has is among them. */
  search(genes: GeneSet): Promise<Float64Array> {
    return this.#ask({ kind: 'search', genes });
  }

  /** What is being written is cut off; it is no part of the postings then. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#worker?.terminate();
    this.#fail(new Error('The server stops'));
  }

  #ask(order: PostingsOrder): Promise<Float64Array> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) {
        reject(new Error('The server stops'));
        return;
      }
      this.#waiting.push({ resolve, reject });
      this.#start().postMessage(order);
    });
  }

  #start(): Worker {
    if (this.#worker !== null) return this.#worker;
    const worker = new Worker(new URL('./postings/postings-worker.ts', import.meta.url), {
      workerData: this.#settings,
    });
    worker.unref();
    worker.on('message', ({ error, numbers, dropped }: PostingsAnswer) => {
      for (const reason of dropped) this.#log.warn({ reason }, 'postings are bad, made anew');
      const next = this.#waiting.shift();
      if (error === null) next?.resolve(numbers);
      else next?.reject(new Error(`The postings: ${error}`));
    });
    worker.on('error', (error) => this.#log.error({ err: error }, 'the thread of the postings broke'));
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = null;
      this.#fail(new Error('The thread of the postings ended'));
    });
    this.#worker = worker;
    return worker;
  }

  #fail(error: Error): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(error);
  }
}
