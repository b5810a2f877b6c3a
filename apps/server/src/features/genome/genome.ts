import { type Answer, GLOBAL_ORGANISATION } from '@genehound/contract';
import type { Context } from '../../platform/context.ts';
import type { Feature } from '../../platform/feature.ts';
import { ownerOf, type Principal } from '../../platform/http/principal.ts';
import { REJUDGE } from '../analysis/jobs.ts';
import { decisionHandlers } from './decision-routes.ts';
import { familyDetails } from './family-routes.ts';
import { clearPacks } from './import-pack.ts';
import { ACTIVATE_LABELS } from './jobs.ts';
import { LabelActivator } from './label-activator.ts';
import {
  countedFamilies,
  generationOf,
  knownSamples,
  scopeCounts,
  scopesWithWaitingLabels,
  waitingLabels,
} from './label-store.ts';
import { packHandlers } from './pack-routes.ts';
import type { KnowingContext } from './read.ts';
import { addSample } from './samples.ts';
import { sourceHandlers } from './source-routes.ts';
import { labelTestThreat } from './test-threat.ts';

function scopesOf(principal: Principal): readonly string[] {
  return [...new Set([GLOBAL_ORGANISATION, principal.organisation])];
}

async function genomeStatus(context: KnowingContext, principal: Principal): Promise<Answer<'getGenome'>> {
  const { db, knowledge } = context;
  const scopes = scopesOf(principal);
  const counts = await scopeCounts(db, scopes);
  let pendingSamples = 0;
  let genes = 0;
  let indexCurrent = true;
  const generations = new Map<string, number>();
  for (const scope of scopes) {
    const waiting = await waitingLabels(db, scope);
    const generation = await generationOf(db, scope);
    const index = await knowledge.indexState(scope);
    generations.set(scope, generation);
    pendingSamples += waiting.ready + waiting.pending;
    genes += index.genes;
    indexCurrent &&= index.generation >= generation;
  }
  return {
    pendingSamples,
    globalGeneration: generations.get(GLOBAL_ORGANISATION) ?? 0,
    organisationGeneration: generations.get(principal.organisation) ?? 0,
    indexCurrent: indexCurrent && pendingSamples === 0,
    families: counts.families,
    samples: counts.samples,
    genes,
  };
}

async function listFamilies(context: Context, principal: Principal): Promise<Answer<'listFamilies'>> {
  const families = await countedFamilies(context.db, scopesOf(principal));
  return {
    items: families.map(({ id, name, type, samples, organisation }) => ({
      id,
      name,
      type,
      samples,
      scope: organisation === GLOBAL_ORGANISATION ? 'global' : 'organisation',
    })),
  };
}

/** Families, labels and their index. Registers its work; before the jobs are started. */
export function genome(
  context: KnowingContext,
): Feature<
  | 'listFamilies'
  | 'getFamily'
  | 'getGenome'
  | 'addSample'
  | 'findKnownSamples'
  | keyof ReturnType<typeof decisionHandlers>
  | keyof ReturnType<typeof packHandlers>
  | keyof ReturnType<typeof sourceHandlers>
> {
  const { db, jobs, knowledge } = context;
  const activator = new LabelActivator({
    db,
    catchUp: (scope) => knowledge.catchUp(scope),
    onGeneration: (tx, scope) => jobs.enqueue(tx, REJUDGE, [{ scope }]),
  });
  jobs.work(ACTIVATE_LABELS, { concurrency: 1, batch: 500 }, async (items) => {
    for (const scope of new Set(items.map((item) => item.scope))) await activator.request(scope);
  });
  return {
    handlers: {
      listFamilies: ({ principal }) => listFamilies(context, principal),
      getFamily: ({ principal, params }) => familyDetails(context, principal.organisation, params.id),
      getGenome: ({ principal }) => genomeStatus(context, principal),
      addSample: ({ principal, query, body }) => addSample(context, principal, query, body),
      findKnownSamples: async ({ principal, body }) => {
        const known = await knownSamples(db, ownerOf(body.scope, principal), body.family, body.layout, body.sha256);
        return { known: [...known] };
      },
      ...decisionHandlers(context),
      ...packHandlers(context),
      ...sourceHandlers(context),
    },
    start: async () => {
      await clearPacks(context.config.data);
      await knowledge.catchUp(GLOBAL_ORGANISATION);
      for (const scope of await scopesWithWaitingLabels(db)) await activator.request(scope);
      await labelTestThreat(context);
    },
    stop: async () => {
      await activator.close();
      await knowledge.close();
    },
  };
}
