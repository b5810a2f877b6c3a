import { parentPort } from 'node:worker_threads';
import type { MergeBatch } from './gene-index.ts';
import { openFile } from './lmdb-file.ts';
import { mergeIntoFile } from './merge-file.ts';

/** A thread of its own for merging: it sorts and writes for seconds, while the server goes on answering. */

export interface MergeOrder {
  readonly directory: string;
  readonly batch: MergeBatch;
}

export interface MergeAnswer {
  /** null where it went well. */
  readonly error: string | null;
}

parentPort?.on('message', async ({ directory, batch }: MergeOrder) => {
  let error: string | null = null;
  try {
    const file = openFile(directory);
    try {
      mergeIntoFile(file, batch);
    } finally {
      await file.root.close();
    }
  } catch (caught) {
    error = caught instanceof Error ? caught.message : String(caught);
  }
  parentPort?.postMessage({ error } satisfies MergeAnswer);
});
