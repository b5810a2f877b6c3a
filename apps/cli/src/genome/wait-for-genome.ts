import type { Answer, Client } from '@genehound/contract';
import { EXIT } from '../exit-codes.table.ts';
import { Failure } from '../failure.ts';

export type GenomeStatus = Answer<'getGenome'>;

const INTERVAL_MS = 400;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Without any progress for this long the server is taken to be stuck. */
const PATIENCE_MS = 180_000;

/** Returns when every sample's genes are extracted and the index that answers is current. */
export async function waitForGenome(client: Client, onStatus: (status: GenomeStatus) => void): Promise<GenomeStatus> {
  let last = '';
  let since = performance.now();
  for (;;) {
    const status = await client.call('getGenome', {});
    onStatus(status);
    if (status.pendingSamples === 0 && status.indexCurrent) return status;
    const now = JSON.stringify(status);
    if (now !== last) since = performance.now();
    last = now;
    if (performance.now() - since > PATIENCE_MS) {
      throw new Failure(
        EXIT.failed,
        `The server has made no progress with ${status.pendingSamples} samples for ${PATIENCE_MS / 1000} s.`,
        "Its log says why: log/server.log in the data directory, or the terminal of 'genehound server'.",
      );
    }
    await sleep(INTERVAL_MS);
  }
}
