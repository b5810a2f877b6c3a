import type { Context } from '../../platform/context.ts';
import type { Feature } from '../../platform/feature.ts';
import { changeTargets, closeHunt, createHunt, getHunt, listHunts, openRound, roundOf } from './hunts.ts';
import { createKit } from './kits.ts';
import { getCoverage, listTargets } from './round-coverage.ts';
import { beginDueRounds } from './rounds.ts';
import { listRounds } from './rounds-store.ts';
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
  | 'createKit';

/** Milliseconds between looks at the clock. A scan that comes before the look begins its round itself. */
const PERIOD = 15_000;

export function hunts(context: Context): Feature<Names> {
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
      createKit: async ({ principal, params, body }) => await createKit(context, principal, params.id, body),
    },
    start: async () => {
      await look();
      timer = setInterval(() => void look(), PERIOD);
      timer.unref();
    },
    stop: async () => {
      if (timer !== null) clearInterval(timer);
    },
  };
}
