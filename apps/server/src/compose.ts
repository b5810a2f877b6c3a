import { AppError } from '@genehound/contract';
import { intake } from '@genehound/intake';
import type { FastifyInstance } from 'fastify';
import { readRates, sessionPrincipal } from './features/accounts/read.ts';
import { accounts } from './features/accounts/routes.ts';
import { analysis } from './features/analysis/analysis.ts';
import type { Explaining } from './features/analysis/read.ts';
import { artifacts } from './features/artifacts/routes.ts';
import { baseline } from './features/baseline/baseline.ts';
import { endpoints } from './features/endpoints/endpoints.ts';
import { failedJobs } from './features/failed-jobs/failed-jobs.ts';
import { genome } from './features/genome/genome.ts';
import { type KnowingContext, Knowledge } from './features/genome/read.ts';
import { storeSample } from './features/genome/samples.ts';
import { hunts } from './features/hunts/routes.ts';
import type { LocalKey } from './features/keys/local-key.ts';
import { keys } from './features/keys/routes.ts';
import { type Credentials, createCredentials } from './features/keys/service.ts';
import { notifications } from './features/notifications/notifications.ts';
import { overview } from './features/overview/overview.ts';
import { publishers } from './features/publishers/publishers.ts';
import { response } from './features/response/response.ts';
import { retention } from './features/retention/retention.ts';
import { scanners } from './features/scanners/scanners.ts';
import { createScanStore } from './features/scans/intake-store.ts';
import { scans } from './features/scans/scans.ts';
import { serveMetrics } from './features/status/metrics.ts';
import { type StatusFacts, status } from './features/status/routes.ts';
import { unknown } from './features/unknown/unknown.ts';
import { analysisLinks } from './features/vendor-api/links.ts';
import { vendorApi } from './features/vendor-api/routes.ts';
import type { Context } from './platform/context.ts';
import type { Feature } from './platform/feature.ts';
import { type Authenticate, api, type Handlers } from './platform/http/api.ts';
import { serveApiPage } from './platform/http/api-page.ts';
import { serveConsole } from './platform/http/console.ts';
import { createOnce } from './platform/http/idempotency.ts';
import { createRateLimiter, type ReadRates } from './platform/http/rate-limits.ts';

export interface Composition {
  readonly handlers: Handlers;
  readonly credentials: Credentials;
  readonly knowing: KnowingContext;
  readonly explaining: Explaining;
  /** After the jobs were started. */
  start(): Promise<void>;
  /** After the jobs have stopped. */
  close(): Promise<void>;
}

/** All features of the server, wired: the one place that knows them all. Workers are registered here. */
export function compose(context: Context, localKey: LocalKey, facts: StatusFacts): Composition {
  const knowing = { ...context, knowledge: new Knowledge(context.config.data, context.db, context.log) };
  const people = accounts(context);
  const knowledge = genome(knowing);
  const extraction = analysis(knowing);
  const scanning = scans(knowing);
  const hunting = hunts(context);
  const trusting = publishers(context, extraction.signing);
  const unknowns = unknown(knowing);
  const failures = failedJobs(context);
  const keeping = retention(context);
  const started: readonly Pick<Feature, 'start' | 'stop'>[] = [
    people,
    trusting,
    knowledge,
    extraction,
    scanning,
    hunting,
    unknowns,
    failures,
    keeping,
  ];
  const handlers: Handlers = {
    ...status(facts).handlers,
    ...people.handlers,
    ...keys(context).handlers,
    ...hunting.handlers,
    ...failures.handlers,
    ...keeping.handlers,
    ...notifications(context).handlers,
    ...artifacts(context).handlers,
    ...response(context).handlers,
    ...endpoints(context).handlers,
    ...overview(context).handlers,
    ...scanners(context).handlers,
    ...analysisLinks(context).handlers,
    ...baseline(context).handlers,
    ...extraction.handlers,
    ...trusting.handlers,
    ...unknowns.handlers,
    ...scanning.handlers,
    ...knowledge.handlers,
  };
  return {
    handlers,
    credentials: createCredentials(context.db, localKey),
    knowing,
    explaining: extraction.explaining,
    start: async () => {
      for (const feature of started) {
        try {
          await feature.start?.();
        } catch (error) {
          // What is stored can still be read, which may be what it takes to decide what to delete.
          if (!(error instanceof AppError && error.code === 'disk_full')) throw error;
          context.log.error({ err: error }, 'the disk is full: started without taking up what was left');
        }
      }
    },
    close: async () => {
      for (const feature of started.toReversed()) await feature.stop?.();
    },
  };
}

function authenticator(context: Context, credentials: Credentials): Authenticate {
  return async ({ bearer, session }) => {
    if (bearer !== null) {
      const principal = await credentials.principalOf(bearer);
      if (principal === null) throw new AppError('bad_key');
      return principal;
    }
    return session === null ? null : await sessionPrincipal(context.db, session);
  };
}

/** What is set for the asker and his organisation, else what the options say. */
function ratesReader({ db, config }: Context): ReadRates {
  return async (asker) => {
    const { own, organisation } = await readRates(db, asker);
    return {
      own: { ...own, requestsPerMinute: own.requestsPerMinute ?? config.requestsPerMinute },
      organisation: {
        ...organisation,
        requestsPerMinute: organisation.requestsPerMinute ?? config.organisationRequestsPerMinute,
      },
    };
  };
}

/** Every route: our API, the public contract, the delivery of scans, the console. */
export async function routes(app: FastifyInstance, context: Context, composition: Composition): Promise<void> {
  const { credentials, handlers } = composition;
  serveMetrics(app, context);
  const limiter = createRateLimiter(ratesReader(context));
  limiter.install(app);
  await app.register(api, {
    handlers,
    authenticate: authenticator(context, credentials),
    once: createOnce(context.db, context.vault),
    limiter,
    checkAnswers: context.config.checkAnswers,
  });
  await app.register(intake, { store: createScanStore(context, credentials, limiter), spool: context.spool });
  await app.register(vendorApi, {
    context: composition.knowing,
    principalOf: credentials.principalOf,
    limiter,
    explaining: composition.explaining,
    labelFile: ({ organisation, actor, spooled, ...label }) =>
      storeSample(context, {
        organisation,
        actor,
        spooled,
        query: { ...label, scope: 'organisation', layout: 'file' },
      }),
  });
  serveApiPage(app);
  await serveConsole(app, context.config.console);
}
