import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { appendAudit } from '../accounts/read.ts';
import { type Ended, runBounded } from './bounded-command.ts';
import type { HuntContext } from './hunts.ts';
import { RUN_ROUND, type RunOrder } from './jobs.ts';
import { createKit } from './kits.ts';
import type { HuntKey } from './rounds-store.ts';
import { beginRun, endRun, targetNames } from './run-store.ts';
import type { Runner } from './runners.ts';

/** Names that are no option of a command and no second line: whoever names targets must not name arguments. */
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._:-]*$/;
/** Runs at the same time. */
const AT_ONCE = 4;
const KIT_JITTER_MINUTES = 10;
const KIT_EVERY_HOURS = 1;

interface Prepared {
  readonly folder: string;
  readonly targets: string;
  readonly kit: string;
  /** Targets whose names are left out. */
  readonly leftOut: number;
}

const folderOfRuns = ({ config }: HuntContext): string => join(config.data, 'runs');

async function prepare(context: HuntContext, key: HuntKey, runner: Runner): Promise<Prepared> {
  const { organisation, id } = key;
  const runs = folderOfRuns(context);
  await mkdir(runs, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(runs, 'run-'));
  const names = await targetNames(context.db, key);
  const plain = names.filter((name) => PLAIN.test(name));
  const targets = join(folder, 'targets');
  await writeFile(targets, plain.map((name) => `${name}\n`).join(''), { mode: 0o600 });
  const kit = join(folder, 'kit.zip');
  if (runner.kit !== undefined) {
    const name = `runner:${runner.name}`;
    const principal = {
      ...{ organisation, actor: name, name, permission: 'full' as const, roles: [] },
      ...{ keyId: null, huntId: null, session: null },
    };
    const bytes = await createKit(context, principal, id, {
      ...runner.kit,
      jitterMinutes: KIT_JITTER_MINUTES,
      everyHours: KIT_EVERY_HOURS,
      scanner: 'inside',
    });
    await writeFile(kit, bytes, { mode: 0o600 });
  }
  return { folder, targets, kit, leftOut: names.length - plain.length };
}

async function run(context: HuntContext, order: RunOrder, runner: Runner, signal: AbortSignal): Promise<Ended> {
  const key = { organisation: order.organisation, id: order.hunt };
  const { folder, targets, kit, leftOut } = await prepare(context, key, runner);
  try {
    const values: Readonly<Record<string, string>> = {
      ...{ '{targets}': targets, '{kit}': kit, '{hunt}': order.hunt, '{round}': String(order.round) },
    };
    const [program = '', ...args] = runner.command.map((part) =>
      part.replaceAll(/\{(?:targets|kit|hunt|round)\}/g, (name) => values[name] ?? name),
    );
    const ended = await runBounded({
      ...{ program, args, folder, signal },
      milliseconds: runner.minutes * 60_000,
      environment: {
        PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        LANG: 'C.UTF-8',
        HOME: homedir(),
        GENEHOUND_TARGETS: targets,
        GENEHOUND_HUNT: order.hunt,
        GENEHOUND_ROUND: String(order.round),
        ...(runner.kit === undefined ? {} : { GENEHOUND_KIT: kit }),
        ...runner.environment,
      },
    });
    const left = leftOut === 0 ? null : `${leftOut} targets were left out: their names are no host names`;
    return { ...ended, problem: ended.problem ?? left };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runRound(context: HuntContext, order: RunOrder, signal: AbortSignal): Promise<void> {
  const { db, log } = context;
  const key = { organisation: order.organisation, id: order.hunt };
  const fail = (problem: string): Promise<void> =>
    endRun(db, key, order.round, { state: 'failed', exitCode: null, problem, output: '' });
  const begun = await beginRun(db, key, order.round);
  // Begun before, by a server that has gone: a scan that is begun twice is worse than one that an operator looks after.
  if (begun === null) return await fail('The server ended while it ran; what became of it is not known');
  if (begun.isOver) return await fail('It was not begun: its round was over before its turn came');
  const name = begun.runner;
  const runner = (await context.runners).find(order.organisation, name);
  let ended: Ended;
  try {
    if (runner === null) throw new Error(`There is no runner ${name} any more`);
    const details = { runner: name, round: order.round };
    await appendAudit(db, { ...key, actor: `runner:${name}`, action: 'run-round', subject: order.hunt, details });
    ended = await run(context, order, runner, signal);
  } catch (error) {
    // Its kit could not be made, or its folder: nothing was begun, and whoever looks at the hunt is told.
    ended = { exitCode: null, problem: error instanceof Error ? error.message : String(error), output: '' };
  }
  const state = ended.exitCode === 0 ? 'done' : 'failed';
  log.info({ hunt: order.hunt, round: order.round, runner: name, exitCode: ended.exitCode }, 'a runner has ended');
  await endRun(db, key, order.round, { ...ended, state });
}

/** Registers the work; before the jobs are started. What runs is ended when they are stopped. */
export function workOnRuns(context: HuntContext): void {
  // What a killed server left there, keys among it.
  const swept = rm(folderOfRuns(context), { recursive: true, force: true }).catch((error: unknown) =>
    context.log.warn({ err: error }, 'the folders of past runs could not be removed'),
  );
  context.jobs.work(RUN_ROUND, { concurrency: AT_ONCE, batch: 1 }, async (orders, signal) => {
    await swept;
    for (const order of orders) await runRound(context, order, signal);
  });
}
