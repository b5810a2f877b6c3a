import { parentPort, workerData } from 'node:worker_threads';
import type { GeneSet } from '@genehound/genes';
import { type GenomeToAdd, PostingsDirectory } from './postings-directory.ts';

/** The thread that has the postings: it sorts, reads and writes for seconds, while the server goes on answering. */

export interface PostingsSettings {
  readonly path: string;
  readonly scheme: number;
}

export type PostingsOrder =
  | { readonly kind: 'covered' }
  | { readonly kind: 'add'; readonly genomes: readonly GenomeToAdd[] }
  | { readonly kind: 'search'; readonly genes: GeneSet };

export interface PostingsAnswer {
  readonly error: string | null;
  /** Numbers of artifacts, ascending. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** Why files were dropped, since the last answer. */
  readonly dropped: readonly string[];
}

let dropped: string[] = [];
// Its creator gives it exactly these.
const { path, scheme } = workerData as PostingsSettings;
let directory: PostingsDirectory | null = null;

function carryOut(order: PostingsOrder): Float64Array<ArrayBuffer> {
  directory ??= new PostingsDirectory(path, scheme, (reason) => dropped.push(reason));
  if (order.kind === 'covered') return directory.covered();
  if (order.kind === 'search') return directory.search(order.genes);
  directory.add(order.genomes);
  return new Float64Array(0);
}

parentPort?.on('message', (order: PostingsOrder) => {
  let error: string | null = null;
  let numbers: Float64Array<ArrayBuffer> = new Float64Array(0);
  try {
    numbers = carryOut(order);
  } catch (caught) {
    error = caught instanceof Error ? caught.message : String(caught);
  }
  const answer: PostingsAnswer = { error, numbers, dropped };
  dropped = [];
  parentPort?.postMessage(answer, [numbers.buffer]);
});
