import { decodeGeneSet } from '@genehound/genes';
import { inTransaction } from '../../platform/database.ts';
import type { KnowingContext } from '../genome/read.ts';
import {
  countStale,
  insertMember,
  markTouched,
  type Newcomer,
  nearest,
  newcomers,
  noteSweep,
  removeKnown,
} from './cluster-store.ts';
import { isSimilar, sketchOf } from './sketch.ts';

const NEWCOMERS_AT_ONCE = 64;
const CLUSTERS_AT_ONCE = 200;

async function place({ db, knowledge }: KnowingContext, organisation: string, one: Newcomer): Promise<void> {
  const genes = one.genes === null ? null : decodeGeneSet(one.genes);
  const sketch = genes === null ? [] : sketchOf((await knowledge.labelsOf(organisation, genes)).labels);
  await inTransaction(db, async (tx) => {
    const kin = await nearest(tx, organisation, sketch);
    const near = kin !== null && isSimilar(kin.shared, Math.min(kin.size, sketch.length));
    await insertMember(tx, organisation, one, near ? kin.clusterId : null, sketch);
  });
}

/**
 * Brings an organisation's clusters of unknown code up to date: what is known goes, what is new finds its kin, and the
 * figures that judged scans changed are counted anew. Idempotent; one after another for one organisation.
 */
export async function sweepUnknown(context: KnowingContext, organisation: string): Promise<void> {
  const { db } = context;
  const started = new Date();
  await removeKnown(db, organisation);
  for (;;) {
    const some = await newcomers(db, organisation, NEWCOMERS_AT_ONCE);
    for (const one of some) await place(context, organisation, one);
    if (some.length < NEWCOMERS_AT_ONCE) break;
  }
  await markTouched(db, organisation);
  while ((await countStale(db, organisation, CLUSTERS_AT_ONCE)) === CLUSTERS_AT_ONCE);
  await noteSweep(db, organisation, started);
}
