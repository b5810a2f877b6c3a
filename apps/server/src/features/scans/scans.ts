import { RULES } from '@genehound/genes';
import type { Context } from '../../platform/context.ts';
import { inTransaction } from '../../platform/database.ts';
import type { Feature } from '../../platform/feature.ts';
import { ARTIFACT_JUDGED, RULES_JUDGED } from '../analysis/jobs.ts';
import type { KnowingContext } from '../genome/read.ts';
import { concludeScan } from './conclude.ts';
import { failScan, findOlder, findPast, findReady, unfailScan } from './conclude-store.ts';
import { CONCLUDE_SCAN, JUDGE_AGAIN } from './queues.ts';
import { receiptHandlers, signReceipt } from './receipt.ts';
import { scanHandlers } from './routes.ts';
import { endScan, findSilent, findUnjudged, insertProblem, lockScan, type ScanRef } from './store.ts';

async function onJudged(
  context: Context,
  organisation: string,
  artifacts: Parameters<typeof findReady>[2],
): Promise<void> {
  const ready = await findReady(context.db, organisation, artifacts);
  const past = await findPast(context.db, organisation, artifacts);
  if (ready.length + past.length === 0) return;
  await inTransaction(context.db, async (tx) => {
    const jobs = (ids: readonly string[]) => ids.map((scanId) => ({ organisation, scanId }));
    await context.jobs.enqueue(tx, CONCLUDE_SCAN, jobs(ready));
    await context.jobs.enqueue(tx, JUDGE_AGAIN, jobs(past));
  });
}

/** Ends a scan whose client was not heard of any more. What it delivered is judged. */
async function endSilent(context: Context, scan: ScanRef): Promise<void> {
  await inTransaction(context.db, async (tx) => {
    if ((await lockScan(tx, scan)) !== 'receiving') return;
    await endScan(tx, scan, null, null);
    await signReceipt(context, tx, scan);
    const seconds = context.config.scanQuietSeconds;
    await insertProblem(tx, scan, {
      code: 'interrupted',
      message: `The scanner was not heard of for ${seconds} seconds`,
    });
    await context.jobs.enqueue(tx, CONCLUDE_SCAN, [{ organisation: scan.organisation, scanId: scan.id }]);
  });
  context.log.warn({ scan: scan.id }, 'silent scan ended');
}

async function endAllSilent(context: Context): Promise<void> {
  for (const scan of await findSilent(context.db, context.config.scanQuietSeconds)) await endSilent(context, scan);
}

/** A job may have been lost with its last try; the scans themselves say which are to be judged. */
async function enqueueUnjudged(context: Context): Promise<void> {
  const scans = await findUnjudged(context.db);
  await inTransaction(context.db, async (tx) => {
    await context.jobs.enqueue(
      tx,
      CONCLUDE_SCAN,
      scans.map(({ organisation, id }) => ({ organisation, scanId: id })),
    );
  });
}

/**
 * Judges the scans again that older rules judged, one at a time and behind nothing else that waits. Cut off, it goes on
 * where it was. A scan that cannot be judged keeps its verdict and does not keep others from theirs.
 */
async function judgeOlder(context: KnowingContext): Promise<void> {
  let judged = 0;
  for (let behind: ScanRef | null = null; ; ) {
    const scans: readonly ScanRef[] = await findOlder(context.db, RULES, behind);
    for (const scan of scans) {
      behind = scan;
      try {
        await concludeScan(context, scan);
        judged += 1;
      } catch (error) {
        context.log.error({ err: error, scan: scan.id }, 'a scan could not be judged by the rules of this release');
      }
    }
    if (scans.length === 0) break;
  }
  if (judged > 0) context.log.info({ judged, rules: RULES }, 'scans judged by the rules of this release');
}

async function giveUp(context: Context, scan: ScanRef, error: unknown): Promise<void> {
  await inTransaction(context.db, async (tx) => {
    if (!(await failScan(tx, scan))) return;
    await insertProblem(tx, scan, {
      code: 'internal',
      message: `The scan could not be judged: ${error instanceof Error ? error.message : String(error)}`,
    });
  });
}

export function scans(
  context: KnowingContext,
): Feature<keyof ReturnType<typeof scanHandlers> | keyof ReturnType<typeof receiptHandlers>> {
  context.jobs.work(
    CONCLUDE_SCAN,
    {
      concurrency: 2,
      batch: 1,
      onGivenUp: async ({ organisation, scanId }, error) => await giveUp(context, { organisation, id: scanId }, error),
      onAgain: async (tx, { organisation, scanId }) => await unfailScan(tx, { organisation, id: scanId }),
    },
    async (items) => {
      for (const { organisation, scanId } of items) await concludeScan(context, { organisation, id: scanId });
    },
  );
  context.jobs.work(JUDGE_AGAIN, { concurrency: 1, batch: 1 }, async (items) => {
    for (const { organisation, scanId } of items) await concludeScan(context, { organisation, id: scanId });
  });
  context.jobs.work(ARTIFACT_JUDGED, { concurrency: 1, batch: 50 }, async (items) => {
    for (const organisation of new Set(items.map((item) => item.organisation))) {
      const artifacts = items.filter((item) => item.organisation === organisation).flatMap((item) => item.artifacts);
      await onJudged(context, organisation, artifacts);
    }
  });
  context.jobs.work(RULES_JUDGED, { concurrency: 1, batch: 10 }, async () => await judgeOlder(context));
  let timer: NodeJS.Timeout | null = null;
  return {
    handlers: { ...scanHandlers(context), ...receiptHandlers(context) },
    start: async () => {
      await endAllSilent(context);
      await enqueueUnjudged(context);
      const period = Math.min(60_000, Math.max(500, context.config.scanQuietSeconds * 250));
      timer = setInterval(() => {
        endAllSilent(context).catch((error: unknown) =>
          context.log.error({ err: error }, 'silent scans were not ended'),
        );
      }, period);
      timer.unref();
    },
    stop: async () => {
      if (timer !== null) clearInterval(timer);
    },
  };
}
