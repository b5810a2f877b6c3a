import type { Answer, Client } from '@genehound/contract';
import { EXIT } from './exit-codes.table.ts';
import { Failure } from './failure.ts';

const INTERVAL_MS = 250;
/** Without any progress for this long the server is taken to be stuck. */
const PATIENCE_MS = 180_000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Returns when the scan has its verdict; throws a Failure where it has failed or nothing moves any more. */
export async function waitForScan(
  client: Client,
  id: string,
  onState: (scan: Answer<'getScan'>) => void,
): Promise<Answer<'getScan'>> {
  let last = '';
  let since = performance.now();
  for (;;) {
    const scan = await client.call('getScan', { params: { id } });
    onState(scan);
    if (scan.state === 'done') return scan;
    if (scan.state === 'failed')
      throw new Failure(EXIT.failed, `The server could not finish the scan ${id}.`, "The server's log says why.");
    const now = `${scan.state} ${scan.pending}`;
    if (now !== last) since = performance.now();
    last = now;
    if (performance.now() - since > PATIENCE_MS) {
      throw new Failure(
        EXIT.failed,
        `The server has made no progress with scan ${id} for ${PATIENCE_MS / 1000} s.`,
        "The server's log says why.",
      );
    }
    await sleep(INTERVAL_MS);
  }
}
