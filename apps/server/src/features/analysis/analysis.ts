import { availableParallelism } from 'node:os';
import { GLOBAL_ORGANISATION } from '@genehound/contract';
import { RULES } from '@genehound/genes';
import { inTransaction } from '../../platform/database.ts';
import type { Feature } from '../../platform/feature.ts';
import type { KnowingContext } from '../genome/read.ts';
import { type AnalysisContext, analyseArtifact, giveUpArtifact } from './analyse-artifact.ts';
import { unfinishedArtifacts } from './analysis-store.ts';
import { catchUpPostings } from './catch-up-postings.ts';
import { codeSearchHandlers } from './code-search-routes.ts';
import { CodeSigning } from './code-signing.ts';
import { explainHandlers } from './explain.ts';
import { type Explaining, explaining } from './explaining.ts';
import { ExtractorPool } from './extraction/extractor-pool.ts';
import { Viewer } from './extraction/viewer.ts';
import { FairTurns } from './fair-turns.ts';
import { ANALYSE, REJUDGE, REJUDGE_RULES, SWEEP_SIGNATURES } from './jobs.ts';
import { orderByRarity, priorityOf } from './order-store.ts';
import { Postings } from './postings.ts';
import { type RejudgeContext, rejudge } from './rejudge.ts';
import { rejudgeByRules } from './rejudge-rules.ts';
import { retroHuntHandlers } from './retro-hunt-routes.ts';
import { hasOlder } from './rules-store.ts';
import { enqueueSearches, workOnSearches } from './search-code.ts';
import { signatureHandlers } from './signature-routes.ts';
import { rulesVersion, unexamined } from './signature-store.ts';
import { Signatures } from './signatures.ts';
import { sweepSignatures } from './sweep-signatures.ts';

/** More children than this only compete for memory. */
const MOST_CHILDREN = 8;
/** Artifacts on their way for each child: while one is extracted, others are read and stored. */
const ORDERS_PER_CHILD = 4;

/** A job may have been lost with its last try; the artifacts themselves say which are still to be analysed. */
async function enqueueUnfinished({ db, jobs }: KnowingContext): Promise<void> {
  const orders = await unfinishedArtifacts(db);
  await inTransaction(db, async (tx) => {
    for (const layout of new Set(orders.map((order) => order.layout))) {
      const alike = orders.filter((order) => order.layout === layout);
      await jobs.enqueue(tx, ANALYSE, alike, priorityOf(layout));
    }
  });
}

/** The same of artifacts over which today's rules did not run: the library was missing, or a sweep was cut off. */
async function enqueueUnexamined({ db, jobs }: KnowingContext): Promise<void> {
  const version = await rulesVersion(db);
  if (version === 0 || (await unexamined(db, version, 0, 1)).length === 0) return;
  await inTransaction(db, (tx) => jobs.enqueue(tx, SWEEP_SIGNATURES, [{ reason: 'the server started' }]));
}

/** And of what an earlier release judged by other rules. */
async function enqueueOlder({ db, jobs }: KnowingContext): Promise<void> {
  if (!(await hasOlder(db, RULES))) return;
  await inTransaction(db, (tx) => jobs.enqueue(tx, REJUDGE_RULES, [{ rules: RULES }]));
}

async function takeUp(context: KnowingContext): Promise<void> {
  await enqueueUnfinished(context);
  await enqueueUnexamined(context);
  await enqueueOlder(context);
  await enqueueSearches(context);
}

/** Milliseconds between two looks at the order in which artifacts wait. */
const ORDER_EVERY = 15_000;

/** One look at a time, however long the queue is. */
function keepOrder({ db, log }: KnowingContext): NodeJS.Timeout {
  let isLooking = false;
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    try {
      await orderByRarity(db);
    } catch (error) {
      log.warn({ err: error }, 'waiting artifacts were not put in order');
    }
    isLooking = false;
  };
  return setInterval(() => void look(), ORDER_EVERY).unref();
}

/** New artifacts after which the postings are brought up to date, so that a retro-hunt finds little to add. */
const ARTIFACTS_PER_CATCH_UP = 5_000;

type Handled = ReturnType<typeof retroHuntHandlers> &
  ReturnType<typeof signatureHandlers> &
  ReturnType<typeof codeSearchHandlers> &
  ReturnType<typeof explainHandlers>;

/** Registers the work of this feature; before the jobs are started. */
export function analysis(context: KnowingContext): Feature<keyof Handled> & {
  readonly explaining: Explaining;
  readonly signing: CodeSigning;
} {
  const { db, jobs, blobs, log, config, knowledge } = context;
  const children = config.analysisWorkers || Math.min(MOST_CHILDREN, availableParallelism());
  const pool = new ExtractorPool(children, {
    lacking: (sentence) => log.warn(sentence),
    broken: (reason, lastWords) => log.warn({ reason, lastWords }, 'extraction child broke'),
  });
  const viewer = new Viewer();
  const postings = new Postings(config.data, log);
  const turns = new FairTurns();
  const why = explaining(context, viewer, postings, turns);
  const signatures = new Signatures({ db, blobs, log });
  const signing = new CodeSigning({ db, blobs, log });
  const work: AnalysisContext & RejudgeContext = { db, jobs, blobs, knowledge, pool, postings, signatures, signing };
  let analysed = 0;
  const options = {
    concurrency: children,
    batch: ORDERS_PER_CHILD,
    onGivenUp: (order: Parameters<typeof giveUpArtifact>[1], error: unknown) => giveUpArtifact(work, order, error),
  };
  jobs.work(ANALYSE, options, async (orders) => {
    await Promise.all(orders.map((order) => analyseArtifact(work, order)));
    analysed += orders.length;
    if (analysed < ARTIFACTS_PER_CATCH_UP) return;
    analysed = 0;
    await catchUpPostings(db, postings);
  });
  jobs.work(REJUDGE, { concurrency: 1, batch: 100 }, async (items) => {
    for (const scope of new Set(items.map((item) => item.scope))) {
      const tell = (state: 'running' | 'done'): void => {
        const event = { kind: 'job', job: 'retro-hunt', state } as const;
        if (scope === GLOBAL_ORGANISATION) context.live.tellAll(event);
        else context.live.tell(scope, event);
      };
      tell('running');
      const judged = await rejudge(work, scope);
      tell('done');
      if (judged > 0) log.info({ scope, judged }, 'artifacts judged again');
    }
  });
  jobs.work(REJUDGE_RULES, { concurrency: 1, batch: 10 }, async () => {
    const { judged, failed } = await rejudgeByRules({ ...work, log });
    if (judged + failed > 0)
      log.info({ judged, failed, rules: RULES }, 'artifacts judged by the rules of this release');
  });
  jobs.work(SWEEP_SIGNATURES, { concurrency: 1, batch: 10 }, async () => {
    const judged = await sweepSignatures(work);
    if (judged > 0) log.info({ judged }, 'artifacts judged again by signatures');
  });
  workOnSearches(work);
  let ordering: NodeJS.Timeout | null = null;
  return {
    explaining: why,
    signing,
    handlers: {
      ...retroHuntHandlers(context),
      ...signatureHandlers(context, signatures),
      ...codeSearchHandlers(context, signatures, turns),
      ...explainHandlers(context, { viewer, postings }, why, turns),
    },
    start: async () => {
      await takeUp(context);
      ordering = keepOrder(context);
    },
    stop: async () => {
      if (ordering !== null) clearInterval(ordering);
      pool.close();
      viewer.close();
      signatures.close();
      signing.close();
      await postings.close();
    },
  };
}
