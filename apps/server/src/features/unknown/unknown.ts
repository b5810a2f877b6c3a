import { type Answer, AppError } from '@genehound/contract';
import type { Feature } from '../../platform/feature.ts';
import { decide, decidedResource, type KnowingContext } from '../genome/read.ts';
import {
  type ClusterPlace,
  type ClusterRow,
  clusterMembers,
  clusterSightings,
  findCluster,
  fleetSize,
  listClusters,
} from './cluster-read-store.ts';
import { SWEEP_UNKNOWN } from './jobs.ts';
import { askSearches, searchHandlers, tellDigests } from './searches.ts';
import { sweepUnknown } from './sweep.ts';

const MOST_MEMBERS = 10_000;
const SHOWN_MEMBERS = 200;
const SHOWN_SIGHTINGS = 500;
/** Milliseconds between two looks whether a week is over. */
const DIGEST_LOOK = 3_600_000;

function resource(row: ClusterRow): Answer<'listUnknown'>['items'][number] {
  const { firstSeenAt, lastSeenAt, resembles, resemblesShare, findings, ...rest } = row;
  return {
    ...rest,
    findings: [...findings],
    firstSeenAt: firstSeenAt?.toISOString() ?? null,
    lastSeenAt: lastSeenAt?.toISOString() ?? null,
    resembles: resembles === null ? null : { family: resembles, share: resemblesShare ?? 0 },
  };
}

const cursorOf = ({ endpoints, processes, id }: ClusterPlace): string => `${endpoints}.${processes}.${id}`;

/** null for a cursor that is not ours: the list starts at the beginning then. */
function placeOf(cursor: string | undefined): ClusterPlace | null {
  const parts = /^(\d{1,9})\.(\d{1,9})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(cursor ?? '');
  if (parts === null) return null;
  return { endpoints: Number(parts[1]), processes: Number(parts[2]), id: parts[3] ?? '' };
}

async function clusterOf({ db }: KnowingContext, organisation: string, id: string): Promise<ClusterRow> {
  const row = await findCluster(db, organisation, id);
  if (row === null) throw new AppError('not_found', { what: 'The cluster' });
  return row;
}

async function detailsOf(context: KnowingContext, organisation: string, id: string): Promise<Answer<'getUnknown'>> {
  const row = await clusterOf(context, organisation, id);
  const members = await clusterMembers(context.db, organisation, id, SHOWN_MEMBERS);
  const sightings = await clusterSightings(context.db, organisation, id, SHOWN_SIGHTINGS);
  return {
    ...resource(row),
    shownMembers: members.map((member) => ({ ...member })),
    sightings: sightings.map(({ seenAt, address, findings, ...seen }) => ({
      ...seen,
      seenAt: seenAt.toISOString(),
      address: `0x${BigInt(address).toString(16)}`,
      findings: [...findings],
    })),
  };
}

/** Code that nothing known explains, over the whole fleet. Registers its work; before the jobs are started. */
export function unknown(
  context: KnowingContext,
): Feature<'listUnknown' | 'getUnknown' | 'decideUnknown' | keyof ReturnType<typeof searchHandlers>> {
  const { db, jobs } = context;
  jobs.work(SWEEP_UNKNOWN, { concurrency: 1, batch: 20 }, async (items) => {
    for (const organisation of new Set(items.map((item) => item.organisation))) {
      await sweepUnknown(context, organisation);
      await askSearches(context, organisation);
    }
  });
  let timer: NodeJS.Timeout | null = null;
  const digest = (): void => {
    tellDigests(context).catch((error: unknown) => context.log.error({ err: error }, 'the digest was not told'));
  };
  return {
    handlers: {
      ...searchHandlers(context),
      listUnknown: async ({ principal: { organisation }, query }) => {
        const { limit, cursor, since, ...filter } = query;
        const from = since === undefined ? {} : { since: new Date(since) };
        const rows = await listClusters(db, organisation, { ...filter, ...from }, limit + 1, placeOf(cursor));
        const page = rows.slice(0, limit);
        const last = page.at(-1);
        return {
          items: page.map(resource),
          nextCursor: rows.length > limit && last !== undefined ? cursorOf(last) : null,
          fleet: await fleetSize(db, organisation),
        };
      },
      getUnknown: ({ principal, params }) => detailsOf(context, principal.organisation, params.id),
      decideUnknown: async ({ principal, params, body }) => {
        await clusterOf(context, principal.organisation, params.id);
        const members = await clusterMembers(db, principal.organisation, params.id, MOST_MEMBERS);
        const type = body.type ?? (body.kind === 'acquit' ? 'application' : 'malware');
        const items = members.map(({ sha256, layout }) => ({ sha256, layout, family: body.family, type }));
        const { kind, reason = null } = body;
        return decidedResource(await decide(context, principal, { kind, basis: 'genes', reason, scanId: null, items }));
      },
    },
    start: async () => {
      digest();
      timer = setInterval(digest, DIGEST_LOOK).unref();
    },
    stop: async () => {
      if (timer !== null) clearInterval(timer);
    },
  };
}
