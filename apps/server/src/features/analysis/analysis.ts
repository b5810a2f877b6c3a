import { availableParallelism } from 'node:os';
import { inTransaction } from '../../platform/database.ts';
import type { Feature } from '../../platform/feature.ts';
import type { KnowingContext } from '../genome/read.ts';
import { type AnalysisContext, analyseArtifact, giveUpArtifact } from './analyse-artifact.ts';
import { unfinishedArtifacts } from './analysis-store.ts';
import { ExtractorPool } from './extraction/extractor-pool.ts';
import { ANALYSE, REJUDGE } from './jobs.ts';
import { rejudge } from './rejudge.ts';

/** More children than this only compete for memory. */
const MOST_CHILDREN = 8;
/** Artifacts on their way for each child: while one is extracted, others are read and stored. */
const ORDERS_PER_CHILD = 4;

/** A job may have been lost with its last try; the artifacts themselves say which are still to be analysed. */
async function enqueueUnfinished({ db, jobs }: KnowingContext): Promise<void> {
  const orders = await unfinishedArtifacts(db);
  await inTransaction(db, (tx) => jobs.enqueue(tx, ANALYSE, orders));
}

/** Registers the work of this feature; before the jobs are started. */
export function analysis(context: KnowingContext): Feature {
  const { db, jobs, blobs, log, config, knowledge } = context;
  const children =
    config.analysisWorkers > 0 ? config.analysisWorkers : Math.min(MOST_CHILDREN, availableParallelism());
  const pool = new ExtractorPool(children, {
    lacking: (sentence) => log.warn(sentence),
    broken: (reason, lastWords) => log.warn({ reason, lastWords }, 'extraction child broke'),
  });
  const work: AnalysisContext = { db, jobs, blobs, knowledge, pool };
  const options = {
    concurrency: children,
    batch: ORDERS_PER_CHILD,
    onGivenUp: (order: Parameters<typeof giveUpArtifact>[1], error: unknown) => giveUpArtifact(work, order, error),
  };
  jobs.work(ANALYSE, options, async (orders) => {
    await Promise.all(orders.map((order) => analyseArtifact(work, order)));
  });
  jobs.work(REJUDGE, { concurrency: 1, batch: 100 }, async (items) => {
    for (const scope of new Set(items.map((item) => item.scope))) {
      const judged = await rejudge(work, scope);
      if (judged > 0) log.info({ scope, judged }, 'artifacts judged again');
    }
  });
  return {
    handlers: {},
    start: () => enqueueUnfinished(context),
    stop: async () => pool.close(),
  };
}
