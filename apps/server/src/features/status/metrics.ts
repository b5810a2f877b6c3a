import { timingSafeEqual } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { AppError } from '@genehound/contract';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../platform/context.ts';
import { secretHash } from '../../platform/ids.ts';
import { openWork, queueLengths } from './metrics-store.ts';

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** One metric in the text format of Prometheus, version 0.0.4. Labels are words of ours: nothing is to be escaped. */
function metric(name: string, kind: 'gauge' | 'counter', help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value]) => {
    const words = Object.entries(labels).map(([label, word]) => `${label}="${word}"`);
    return `genehound_${name}${words.length === 0 ? '' : `{${words.join(',')}}`} ${value}\n`;
  });
  return `# HELP genehound_${name} ${help}\n# TYPE genehound_${name} ${kind}\n${lines.join('')}`;
}

async function textOf({ db, config }: Context, answers: ReadonlyMap<string, number>, delay: number): Promise<string> {
  const { receiving, analysing, failedJobs } = await openWork(db);
  const queues = await queueLengths(db);
  const disk = await statfs(config.data);
  const memory = process.memoryUsage();
  return [
    metric('resident_bytes', 'gauge', 'Memory of the server without its children', [[{}, memory.rss]]),
    metric('heap_bytes', 'gauge', 'JavaScript heap in use', [[{}, memory.heapUsed]]),
    metric('event_loop_delay_seconds', 'gauge', 'p99 since the last question', [[{}, delay]]),
    metric('disk_free_bytes', 'gauge', 'Where the data directory lies', [[{}, disk.bavail * disk.bsize]]),
    metric('scans_open', 'gauge', 'Scans without a verdict', [
      [{ state: 'receiving' }, receiving],
      [{ state: 'analysing' }, analysing],
    ]),
    metric(
      'jobs',
      'gauge',
      'Jobs that wait, run, or failed within the hour',
      queues.map(({ queue, state, jobs }) => [{ queue, state }, jobs]),
    ),
    metric('failed_jobs_open', 'gauge', 'Jobs that failed for good and wait for a decision', [[{}, failedJobs]]),
    metric(
      'http_answers_total',
      'counter',
      'Answers by their status',
      [...answers].map(([status, count]) => [{ status }, count]),
    ),
  ].join('');
}

/**
 * `GET /metrics` for Prometheus, with the bearer token of the configuration; without one it is not there. It counts
 * over all organisations and names none.
 */
export function serveMetrics(app: FastifyInstance, context: Context): void {
  const token = context.config.metricsToken;
  if (token === null) return;
  const expected = secretHash(`Bearer ${token}`);
  const answers = new Map<string, number>();
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  app.addHook('onResponse', async (_request, reply) => {
    const status = String(reply.statusCode);
    answers.set(status, (answers.get(status) ?? 0) + 1);
  });
  app.addHook('onClose', async () => void delay.disable());
  app.get('/metrics', async (request, reply) => {
    if (!timingSafeEqual(secretHash(request.headers.authorization ?? ''), expected)) {
      const refusal = new AppError('bad_key');
      return await reply.code(refusal.status).type('text/plain').send(refusal.message);
    }
    const seconds = delay.percentile(99) / 1e9;
    delay.reset();
    return await reply.type('text/plain; version=0.0.4').send(await textOf(context, answers, seconds));
  });
}
