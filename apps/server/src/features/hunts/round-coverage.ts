import type { Answer, hunts as contract } from '@genehound/contract';
import type { z } from 'zod';
import type { Database } from '../../platform/database.ts';
import { compare, countMachines, coverRound, type RoundScan, timelineOf } from './coverage.ts';
import { findRoundScans, findTargets } from './coverage-store.ts';
import { getHunt, notFound, roundOf } from './hunts.ts';
import { findRound, type HuntKey } from './rounds-store.ts';

type Coverage = Answer<'getCoverage'>;
type TargetList = Answer<'listTargets'>;
type TargetRow = TargetList['items'][number];

const TIMELINE_POINTS = 60;

interface Covered {
  readonly round: Coverage['round'];
  readonly rows: readonly TargetRow[];
  readonly reported: number;
  readonly scans: readonly RoundScan[];
  readonly targets: number;
}

/** AppError not_found for the hunt, or for a round that it does not have. */
async function cover(db: Database, key: HuntKey, number: number | undefined): Promise<Covered> {
  const hunt = await getHunt(db, key);
  const found = await findRound(db, key, number ?? null);
  if (found === null) throw notFound();
  const round = roundOf(found);
  const [targets, scans] = await Promise.all([findTargets(db, key), findRoundScans(db, key, found.number)]);
  const one = hunt.scansPerEndpoint === 'one';
  const covered = coverRound({ targets, scans, anyone: hunt.anyone, one, ended: round.state === 'ended' });
  return { round, ...covered, scans, targets: targets.length };
}

export async function getCoverage(db: Database, key: HuntKey, round: number | undefined): Promise<Coverage> {
  const { round: shown, rows, reported, scans, targets } = await cover(db, key, round);
  const counts: Coverage['counts'] = {
    expected: 0,
    running: 0,
    done: 0,
    incomplete: 0,
    failed: 0,
    missing: 0,
    unsupported: 0,
    conflicting: 0,
    unexpected: 0,
  };
  for (const row of rows) counts[row.state] += 1;
  return {
    round: shown,
    counts,
    share: targets === 0 ? null : reported / targets,
    verdicts: countMachines(scans),
    timeline: [...timelineOf(scans, TIMELINE_POINTS)],
  };
}

const SEPARATOR = '\u0000';
const placeOf = (row: TargetRow): string => `${row.name}${SEPARATOR}${row.scanId ?? ''}`;

/** Milliseconds that whoever goes through the pages sees what was there at the first. */
const WALK = 30_000;
/** Walks that are kept; the rows of a hunt with a hundred thousand targets are some 40 MB. */
const WALKS = 2;

/** Rows of those that go through pages: without them each of hundreds of pages would cost as much as all together. */
const walks = new Map<string, { readonly at: number; readonly rows: readonly TargetRow[] }>();

/** Keeps the rows for the next page of a walk, or forgets them at its end. */
function keep(walk: string, rows: readonly TargetRow[], goesOn: boolean): void {
  const before = walks.get(walk)?.at;
  walks.delete(walk);
  if (goesOn) walks.set(walk, { at: before ?? Date.now(), rows });
  const [oldest] = walks.keys();
  if (walks.size > WALKS && oldest !== undefined) walks.delete(oldest);
}

/** A page of targets and of those that came, in order of name. */
export async function listTargets(
  db: Database,
  key: HuntKey,
  query: z.output<typeof contract.targetQuery>,
): Promise<TargetList> {
  const walk = `${key.organisation}/${key.id}/${query.round ?? ''}`;
  const kept = walks.get(walk);
  if (query.cursor === undefined || kept === undefined || Date.now() - kept.at > WALK) walks.delete(walk);
  const rows = walks.get(walk)?.rows ?? (await cover(db, key, query.round)).rows;
  const search = query.search?.toLowerCase();
  const after = query.cursor === undefined ? null : Buffer.from(query.cursor, 'base64url').toString('utf8');
  const fitting = rows.filter(
    (row) =>
      (query.state === undefined || row.state === query.state) &&
      (query.group === undefined || row.group === query.group) &&
      (search === undefined || row.name.toLowerCase().includes(search)) &&
      (after === null || compare(placeOf(row), after) > 0),
  );
  const items = fitting.slice(0, query.limit);
  const last = items.at(-1);
  const more = last !== undefined && fitting.length > items.length;
  keep(walk, rows, more);
  return { items, nextCursor: more ? Buffer.from(placeOf(last)).toString('base64url') : null };
}
