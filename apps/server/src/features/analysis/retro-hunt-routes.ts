import { type Answer, AppError, GLOBAL_ORGANISATION, PUBLIC_SCAN_VERDICTS } from '@genehound/contract';
import type { Context } from '../../platform/context.ts';
import type { Handlers } from '../../platform/http/api.ts';
import { artifactChanges, findRetroHunt, listRetroHunts, type RetroHuntRow, scanChanges } from './retro-hunt-store.ts';

const MOST_CHANGES = 1_000;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function resource(row: RetroHuntRow): Answer<'getRetroHunt'> {
  // Numbers of candidates are left out: those of the global genome are of all organisations.
  const done = row.state === 'done' || row.found === 0 ? Number(row.state === 'done') : row.searched / row.found;
  return {
    id: row.id,
    scope: row.scope === GLOBAL_ORGANISATION ? 'global' : 'organisation',
    reason: row.reason,
    state: row.state,
    families: [...row.families],
    genes: row.genes,
    progress: Math.min(1, done),
    changedArtifacts: row.changedArtifacts,
    changedScans: row.changedScans,
    startedAt: row.startedAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}

/** The stored word as the public contract names it. */
function publicWord(stored: string): (typeof PUBLIC_SCAN_VERDICTS)[number] {
  return PUBLIC_SCAN_VERDICTS.find((word) => word === stored) ?? 'malicious';
}

export function retroHuntHandlers({
  db,
}: Context): Pick<Handlers, 'listRetroHunts' | 'getRetroHunt' | 'listRetroHuntChanges'> {
  const find = async (organisation: string, id: string): Promise<RetroHuntRow> => {
    const row = await findRetroHunt(db, organisation, id);
    if (row === null) throw new AppError('not_found', { what: 'The retro-hunt' });
    return row;
  };
  return {
    listRetroHunts: async ({ principal, query: { limit, cursor } }) => {
      const behind = cursor !== undefined && UUID.test(cursor) ? cursor : null;
      const rows = await listRetroHunts(db, principal.organisation, limit + 1, behind);
      const page = rows.slice(0, limit);
      return { items: page.map(resource), nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
    },
    getRetroHunt: async ({ principal, params }) => resource(await find(principal.organisation, params.id)),
    listRetroHuntChanges: async ({ principal: { organisation }, params: { id } }) => {
      await find(organisation, id);
      const artifacts = await artifactChanges(db, organisation, id, MOST_CHANGES);
      const scans = await scanChanges(db, organisation, id, MOST_CHANGES);
      return {
        artifacts: artifacts.map((change) => ({ ...change })),
        scans: scans.map(({ before, after, createdAt, familiesBefore, familiesAfter, ...change }) => ({
          ...change,
          createdAt: createdAt.toISOString(),
          before: publicWord(before),
          after: publicWord(after),
          familiesBefore: [...familiesBefore],
          familiesAfter: [...familiesAfter],
        })),
      };
    },
  };
}
