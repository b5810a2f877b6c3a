import type { Answer, hunts as contract, PUBLIC_SCAN_VERDICTS } from '@genehound/contract';
import type { z } from 'zod';
import type { Database } from '../../platform/database.ts';
import { compare, coverRound, type RoundScan, timelineOf } from './coverage.ts';
import { findRoundScans, findTargets } from './coverage-store.ts';
import { getHunt, notFound, roundOf } from './hunts.ts';
import { findRound, type HuntKey } from './rounds-store.ts';

type Coverage = Answer<'getCoverage'>;
type TargetList = Answer<'listTargets'>;
type TargetRow = TargetList['items'][number];

const TIMELINE_POINTS = 60;
const REPORTED: ReadonlySet<string> = new Set(['done', 'incomplete', 'conflicting', 'unsupported']);

interface Covered {
  readonly round: Coverage['round'];
  readonly rows: readonly TargetRow[];
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
  const rows = coverRound({ targets, scans, anyone: hunt.anyone, one, ended: round.state === 'ended' });
  return { round, rows, scans, targets: targets.length };
}

export async function getCoverage(db: Database, key: HuntKey, round: number | undefined): Promise<Coverage> {
  const { rows, scans, targets, ...covered } = await cover(db, key, round);
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
  const verdictOf = new Map(rows.map((row) => [row.endpoint?.id ?? row.scanId, row.verdict]));
  const count = (verdict: (typeof PUBLIC_SCAN_VERDICTS)[number]): number =>
    [...verdictOf.values()].filter((one) => one === verdict).length;
  const named = rows.filter((row) => row.state !== 'unexpected').filter(({ state }) => REPORTED.has(state)).length;
  return {
    round: covered.round,
    counts,
    share: targets === 0 ? null : Math.min(1, named / targets),
    verdicts: {
      malicious: count('malicious'),
      suspicious: count('suspicious'),
      incomplete: count('incomplete'),
      no_threats: count('no_threats'),
    },
    timeline: [...timelineOf(scans, TIMELINE_POINTS)],
  };
}

const SEPARATOR = '\u0000';
const placeOf = (row: TargetRow): string => `${row.name}${SEPARATOR}${row.scanId ?? ''}`;

/** A page of targets and of those that came, in order of name. */
export async function listTargets(
  db: Database,
  key: HuntKey,
  query: z.output<typeof contract.targetQuery>,
): Promise<TargetList> {
  const { rows } = await cover(db, key, query.round);
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
  return { items, nextCursor: more ? Buffer.from(placeOf(last)).toString('base64url') : null };
}
