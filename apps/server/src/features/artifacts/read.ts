import type { Tx } from '../../platform/database.ts';
import type { Jobs } from '../../platform/jobs.ts';
import { enqueueArtifacts } from '../analysis/read.ts';
import { insertArtifact, type ReceivedArtifact } from './store.ts';

export { findVerdict } from './store.ts';

/** Registers bytes that are in the blob store, and asks for their analysis where they are new to the organisation. */
export async function receiveArtifact(
  context: { readonly jobs: Jobs },
  tx: Tx,
  organisation: string,
  item: ReceivedArtifact,
  asked: 'by hand' | 'by a scan',
): Promise<void> {
  if (await insertArtifact(tx, organisation, item)) await enqueueArtifacts(context, tx, organisation, [item], asked);
}
