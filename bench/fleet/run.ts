/**
 * A fleet that scans: `npm run bench -- fleet [--endpoints 250] [--minutes 0.5] [--wave 50] [--curve 100,1000]
 * [--only steady|wave|question]`. The
 * published figures are `--endpoints 5000 --minutes 10 --wave 200`: steady state, in which one scan in two brings one
 * file that nobody had; then, on servers of their own, the first wave of 20,000 endpoints at 1:100, and questions with
 * 20,000 scans stored. `--curve` instead repeats the steady state at that pace for each of these numbers, up to 20,000.
 * The load generator runs on the same cores as the server.
 */
import { parseArgs } from 'node:util';
import { question } from './question.ts';
import { realFiles } from './real-files.ts';
import { steady, tellLine, tellSteady } from './steady.ts';
import { type BenchServer, startServer } from './watch-server.ts';
import { wave } from './wave.ts';

const { values } = parseArgs({
  options: {
    endpoints: { type: 'string', default: '250' },
    minutes: { type: 'string', default: '0.5' },
    wave: { type: 'string', default: '50' },
    curve: { type: 'string' },
    only: { type: 'string' },
  },
});
const endpoints = Number(values.endpoints);
const minutes = Number(values.minutes);
const pool = realFiles(600);

async function onOwnServer(work: (server: BenchServer) => Promise<void>): Promise<void> {
  const server = await startServer();
  try {
    await work(server);
  } finally {
    await server.stop();
  }
}

if (values.curve === undefined) {
  const wants = (part: string): boolean => values.only === undefined || values.only === part;
  if (wants('steady'))
    await onOwnServer(async (server) => await tellSteady(server, pool, await steady(server, pool, endpoints, minutes)));
  if (wants('wave')) await onOwnServer(async (server) => await wave(server, pool, Number(values.wave)));
  if (wants('question')) await onOwnServer(async (server) => await question(server, pool));
} else {
  for (const many of values.curve.split(',').map(Number))
    await onOwnServer(async (server) =>
      tellLine(await steady(server, pool, many, (many / endpoints) * minutes), server.peak.server),
    );
}
