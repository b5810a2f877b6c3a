/**
 * What extraction takes besides time, each measured in a process or threads of its own that run as the server's children
 * do: memory, garbage, and what a second worker adds.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { HeapProfiler } from 'node:inspector';
import { Session } from 'node:inspector/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { parseImage } from '@genehound/binary';
import { EXTRACTION_FLAGS, extractGenome } from '@genehound/genes';
import { reach } from '../reach.ts';

const MEGABYTE = 1_000_000;
/** Rounds of each worker; the first ones compile the code and are not counted. */
const ROUNDS = 8;
const WARM_UP = 3;
/** Extractions before garbage is counted: until then V8 compiles, and what is not compiled well makes some. */
const WARM_UPS = 12;
/** Trials of one and of two workers, in turn; the best of each counts, as other work on the machine only slows them. */
const TRIALS = 3;

interface Conduct {
  /** Most bytes that the process had resident, beyond those before the file was read. */
  readonly memory: number;
  readonly input: number;
  /** Bytes of JavaScript objects that a warm extraction makes, its result's among them, and its instructions. */
  readonly garbage: number;
  readonly instructions: number;
}

/** Every 64th byte: what makes an object an instruction is seen thousands of times. */
const SAMPLING = {
  samplingInterval: 64,
  includeObjectsCollectedByMajorGC: true,
  includeObjectsCollectedByMinorGC: true,
} as const;

const sizeOf = ({ selfSize, children }: HeapProfiler.SamplingHeapProfileNode): number =>
  children.reduce((sum, child) => sum + sizeOf(child), selfSize);

function status(field: string): number {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(found?.[1]) * 1024;
}

/** In the child. The modules' tables are made before, by an extraction of nothing. */
async function observe(path: string, warmUps: number): Promise<Conduct> {
  extractGenome(new Uint8Array(64), parseImage(new Uint8Array(64), 'raw', { instructionSet: 'x86-64' }));
  const before = status('VmRSS');
  const bytes = new Uint8Array(readFileSync(path));
  const image = parseImage(bytes, 'file');
  extractGenome(bytes, image);
  const memory = status('VmHWM') - before;
  for (let i = 0; i < warmUps; i++) extractGenome(bytes, image);
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.startSampling', SAMPLING);
  const { instructions } = extractGenome(bytes, image);
  const { profile } = await session.post('HeapProfiler.stopSampling');
  session.disconnect();
  const garbage = sizeOf(profile.head);
  return { memory, input: bytes.length, garbage, instructions };
}

/** In a worker: says when it is warm, works when it is told to, and says when it is done. */
function work(paths: readonly string[]): void {
  const files = paths.map((path) => new Uint8Array(readFileSync(path)));
  const round = (): void => {
    for (const bytes of files) extractGenome(bytes, parseImage(bytes, 'file'));
  };
  for (let i = 0; i < WARM_UP; i++) round();
  parentPort?.on('message', () => {
    for (let i = 0; i < ROUNDS; i++) round();
    parentPort?.postMessage('done');
  });
  parentPort?.postMessage('warm');
}

const heard = (worker: Worker): Promise<unknown> =>
  new Promise((done, fail) => {
    worker.once('message', done);
    worker.once('error', fail);
  });

/** Seconds in which all the workers are done with their rounds. */
async function secondsOf(workers: readonly Worker[]): Promise<number> {
  const started = performance.now();
  await Promise.all(
    workers.map((worker) => {
      worker.postMessage('go');
      return heard(worker);
    }),
  );
  return (performance.now() - started) / 1000;
}

async function timesOfTwo(paths: readonly string[]): Promise<number> {
  const file = new URL(import.meta.url);
  const workers = [1, 2].map(() => new Worker(file, { workerData: { paths } }));
  await Promise.all(workers.map(heard));
  let one = Number.POSITIVE_INFINITY;
  let two = Number.POSITIVE_INFINITY;
  for (let trial = 0; trial < TRIALS; trial++) {
    one = Math.min(one, await secondsOf(workers.slice(0, 1)));
    two = Math.min(two, await secondsOf(workers));
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
  return (2 * one) / two;
}

function inChild(path: string, warmUps: number): Conduct {
  const run = spawnSync(process.execPath, [...EXTRACTION_FLAGS, import.meta.filename, path, String(warmUps)], {
    encoding: 'utf8',
  });
  if (run.status !== 0) throw new Error(`${path}: ${run.stderr}`);
  return JSON.parse(run.stdout);
}

/** Prints the reaches; `all` are the bench's programs, those of `small` end soon. */
export async function reportConduct(all: readonly string[], small: readonly string[]): Promise<void> {
  const conducts = all.map((path) => inChild(path, 0));
  const excess = conducts.map(({ memory, input }) => (memory - 64 * MEGABYTE) / input);
  const most = conducts.map(
    ({ memory, input }) => `${(memory / MEGABYTE).toFixed(0)} of ${(input / MEGABYTE).toFixed(0)}`,
  );
  reach('memory at most 3 times the input and 64 MB', {
    met: excess.every((times) => times <= 3),
    value: `MB of MB: ${most.join(', ')}`,
  });
  const warm = small.map((path) => inChild(path, WARM_UPS));
  const perInstruction = warm.map(({ garbage, instructions }) => garbage / instructions);
  reach('no garbage per instruction: less than half a byte of objects', {
    met: perInstruction.every((bytes) => bytes < 0.5),
    value: `${perInstruction.map((bytes) => bytes.toFixed(2)).join(', ')} bytes`,
  });
  const times = await timesOfTwo(small);
  reach('two workers at least 1.8 times one', { met: times >= 1.8, value: `${times.toFixed(2)} times` });
}

if (!isMainThread) work(workerData.paths);
else if (process.argv[1] === import.meta.filename)
  console.log(JSON.stringify(await observe(process.argv[2] ?? '', Number(process.argv[3]))));
