import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { HARNESS } from '../harness/config.ts';
import { Chance, changed, type Sample } from './changes.ts';

/** One reader of hostile bytes. */
export interface FuzzTarget {
  readonly name: string;
  readonly samples: readonly Sample[];
  /**
   * Reads the bytes and throws where the result is not sound. True where reading came past the header: to code, rows,
   * entries or whatever follows what says where they are.
   */
  readonly read: (bytes: Uint8Array, chance: Chance, sample: Sample) => boolean | Promise<boolean>;
  /** Made of a sample otherwise than by changing its bytes: what is packed is changed before it is packed. */
  readonly make?: (sample: Sample, chance: Chance) => Uint8Array;
  /** Inputs of the sample that `npm test` runs. */
  readonly quick: number;
}

interface CampaignResult {
  readonly inputs: number;
  readonly past: number;
  /** Longest that one input took, in milliseconds. */
  readonly slowest: number;
  /** By how much the process has grown at its largest, in MiB. */
  readonly grown: number;
}

/** Inputs of a whole campaign. */
const CAMPAIGN = 10_000_000;
const LEAST_PAST = 0.3;
/** Samples have some KB; a second for one of them is a hang, or would be with larger ones. */
const MOST_MILLISECONDS = 2_000;
/** Heap that the collector has not come to yet is most of it. */
const MOST_GROWN = 512;

const TURN = 256;
const PROGRESS = 1_000_000;

interface Outcome {
  readonly isPast: boolean;
  readonly milliseconds: number;
}

/** Every input is made from the seed and its number: a failure says which one to make again. */
async function runOne(
  { name, samples, read, make = changed }: FuzzTarget,
  seed: number,
  run: number,
): Promise<Outcome> {
  const chance = new Chance(Math.imul(seed, 0x0100_0193) ^ run);
  const sample = samples[run % samples.length];
  assert.ok(sample !== undefined, `${name} has samples`);
  const bytes = make(sample, chance);
  const started = performance.now();
  try {
    const found = read(bytes, chance, sample);
    const isPast = typeof found === 'boolean' ? found : await found;
    return { isPast, milliseconds: performance.now() - started };
  } catch (error) {
    throw new Error(`${name}: input ${run} of seed ${seed}: ${String(error)}`, { cause: error });
  }
}

async function runCampaign(target: FuzzTarget, inputs: number, seed = 1): Promise<CampaignResult> {
  const before = process.resourceUsage().maxRSS;
  let past = 0;
  let slowest = 0;
  for (let run = 0; run < inputs; run++) {
    const first = await runOne(target, seed, run);
    let { milliseconds } = first;
    // A machine that is busy with other work takes its time; a hang is one again.
    if (milliseconds > MOST_MILLISECONDS) {
      const again = await runOne(target, seed, run);
      milliseconds = Math.min(milliseconds, again.milliseconds);
    }
    if (first.isPast) past++;
    slowest = Math.max(slowest, milliseconds);
    // What Node.js puts off to the next turn, as closing a decompressor, would pile up.
    if (run % TURN === 0) await turn();
    if (run % PROGRESS === 0 && run > 0)
      process.stderr.write(`${target.name}: ${run} inputs, ${past} past the header\n`);
  }
  return { inputs, past, slowest, grown: (process.resourceUsage().maxRSS - before) / 1024 };
}

/** The campaign with GENEHOUND_LONG=1, else the target's seeded sample; asserts what must hold of either. Gives a line for the log. */
export async function fuzz(target: FuzzTarget): Promise<string> {
  const { inputs, past, slowest, grown } = await runCampaign(target, HARNESS.long ? CAMPAIGN : target.quick);
  const share = past / inputs;
  const line = `${inputs} inputs, ${(100 * share).toFixed(1)} % past the header, slowest ${slowest.toFixed(0)} ms, grown by ${grown.toFixed(0)} MiB`;
  assert.ok(share >= LEAST_PAST, line);
  assert.ok(slowest < MOST_MILLISECONDS, line);
  assert.ok(grown < MOST_GROWN, line);
  return line;
}
