import type { Answer } from '@genehound/contract';
import type { Context } from '../../platform/context.ts';
import type { Feature } from '../../platform/feature.ts';
import {
  changeTargets,
  closeHunt,
  createHunt,
  getHunt,
  type HuntContext,
  listHunts,
  openRound,
  roundOf,
} from './hunts.ts';
import { createKit } from './kits.ts';
import { getCoverage, listTargets } from './round-coverage.ts';
import { beginDueRounds } from './rounds.ts';
import { listRounds } from './rounds-store.ts';
import { workOnRuns } from './run-round.ts';
import { listRuns, type RunRow } from './run-store.ts';
import { readRunners } from './runners.ts';
import { tellEnded } from './tell-ended.ts';

type Names =
  | 'listHunts'
  | 'createHunt'
  | 'getHunt'
  | 'closeHunt'
  | 'listRounds'
  | 'openRound'
  | 'getCoverage'
  | 'listTargets'
  | 'changeTargets'
  | 'createKit'
  | 'listRunners'
  | 'listHuntRuns';

const MOST_RUNS = 100;

const runOf = ({ startedAt, finishedAt, ...row }: RunRow): Answer<'listHuntRuns'>['items'][number] => ({
  ...row,
  startedAt: startedAt?.toISOString() ?? null,
  finishedAt: finishedAt?.toISOString() ?? null,
});

/** Milliseconds between looks at the clock. A scan that comes before the look begins its round itself. */
const PERIOD = 15_000;

export function hunts(plain: Context): Feature<Names> {
  const runners = readRunners(plain.config.runners);
  // Heard of where it is awaited, at the start of all.
  runners.catch(() => undefined);
  const context: HuntContext = { ...plain, runners };
  workOnRuns(context);
  const { db, log } = context;
  let timer: NodeJS.Timeout | null = null;
  const look = async (): Promise<void> => {
    try {
      await beginDueRounds(context);
      await tellEnded(context);
    } catch (error) {
      log.error({ err: error }, 'due rounds were not begun');
    }
  };
  return {
    handlers: {
      listHunts: async ({ principal }) => ({ items: await listHunts(db, principal.organisation) }),
      createHunt: async ({ principal, body }) => await createHunt(context, principal, body),
      getHunt: async ({ principal, params }) =>
        await getHunt(db, { organisation: principal.organisation, id: params.id }),
      closeHunt: async ({ principal, params }) => await closeHunt(context, principal, params.id),
      listRounds: async ({ principal, params }) => {
        const key = { organisation: principal.organisation, id: params.id };
        await getHunt(db, key);
        return { items: (await listRounds(db, key)).map((row) => roundOf(row)) };
      },
      openRound: async ({ principal, params, body }) =>
        await openRound(context, principal, params.id, body.hours ?? null),
      getCoverage: async ({ principal, params, query }) =>
        await getCoverage(db, { organisation: principal.organisation, id: params.id }, query.round),
      listTargets: async ({ principal, params, query }) =>
        await listTargets(db, { organisation: principal.organisation, id: params.id }, query),
      changeTargets: async ({ principal, params, body }) => await changeTargets(context, principal, params.id, body),
      listRunners: async ({ principal }) => ({
        items: (await runners)
          .of(principal.organisation)
          .map(({ name, kit, minutes }) => ({ name, tool: kit?.tool ?? null, minutes })),
      }),
      listHuntRuns: async ({ principal, params }) => {
        const key = { organisation: principal.organisation, id: params.id };
        await getHunt(db, key);
        return { items: (await listRuns(db, key, MOST_RUNS)).map(runOf) };
      },
      createKit: async ({ principal, params, body }) => await createKit(context, principal, params.id, body),
    },
    start: async () => {
      await runners;
      await look();
      timer = setInterval(() => void look(), PERIOD);
      timer.unref();
    },
    stop: async () => {
      if (timer !== null) clearInterval(timer);
    },
  };
}
