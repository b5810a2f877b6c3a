import { type Answer, AppError, hunts as contract } from '@genehound/contract';
import type { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import { type Database, inTransaction, type Tx } from '../../platform/database.ts';
import type { Principal } from '../../platform/http/principal.ts';
import { newId } from '../../platform/ids.ts';
import { appendAudit } from '../accounts/read.ts';
import { revokeHuntKeys } from '../keys/read.ts';
import type { Target } from './coverage.ts';
import { nextWithin } from './rounds.ts';
import { addRound, endRounds, findRound, type HuntKey, type RoundRow } from './rounds-store.ts';
import type { Runners } from './runners.ts';
import { checkSchedule } from './schedule.ts';
import * as store from './store.ts';
import { tellDue } from './tell-due.ts';

type Hunt = Answer<'getHunt'>;
type Round = Answer<'openRound'>;
type NewHunt = z.output<typeof contract.newHunt>;
type Targets = NewHunt['targets'];

/** `runners`: rejects where the operator's file cannot be used; then the server does not start. */
export type HuntContext = Context & { readonly runners: Promise<Runners> };

const HOUR = 3_600;

export const notFound = (): AppError => new AppError('not_found', { what: 'The hunt' });

export function roundOf(row: RoundRow, now: Date = new Date()): Round {
  let state: Round['state'] = row.scans > 0 ? 'reporting' : 'waiting';
  if (row.opensAt > now) state = 'planned';
  if (row.closesAt !== null && row.closesAt <= now) state = 'ended';
  return {
    number: row.number,
    opensAt: row.opensAt.toISOString(),
    closesAt: row.closesAt?.toISOString() ?? null,
    state,
    scans: row.scans,
  };
}

async function huntOf(db: Database, organisation: string, row: store.HuntRow): Promise<Hunt> {
  const { cron, timeZone, roundSeconds } = row;
  const round = await findRound(db, { organisation, id: row.id }, null);
  return {
    id: row.id,
    name: row.name,
    owner: row.owner,
    createdAt: row.createdAt.toISOString(),
    closedAt: row.closedAt?.toISOString() ?? null,
    anyone: row.anyone,
    targets: row.targets,
    scans: row.scans,
    scansPerEndpoint: row.scansPerEndpoint === 'one' ? 'one' : 'any',
    schedule:
      cron === null || timeZone === null || roundSeconds === null
        ? null
        : { cron, timeZone, hours: roundSeconds / HOUR },
    nextRoundAt: row.nextRoundAt?.toISOString() ?? null,
    limits: contract.huntLimits.parse(row.limits),
    runner: row.runner,
    round: round === null ? null : roundOf(round),
  };
}

export async function listHunts(db: Database, organisation: string): Promise<Hunt[]> {
  const found: Hunt[] = [];
  for (const row of await store.selectHunts(db, organisation, null)) found.push(await huntOf(db, organisation, row));
  return found;
}

/** AppError not_found. */
export async function getHunt(db: Database, { organisation, id }: HuntKey): Promise<Hunt> {
  const [row] = await store.selectHunts(db, organisation, id);
  if (row === undefined) throw notFound();
  return await huntOf(db, organisation, row);
}

const targetsOf = (targets: Targets): readonly Target[] =>
  targets.map((target) =>
    typeof target === 'string' ? { name: target, group: null } : { name: target.name, group: target.group ?? null },
  );

function checkWindow({ opensAt, closesAt }: NewHunt): { opens: Date | null; closes: Date | null } {
  const opens = opensAt === undefined ? null : new Date(opensAt);
  const closes = closesAt === undefined ? null : new Date(closesAt);
  if (closes !== null && closes <= (opens ?? new Date()))
    throw new AppError('bad_request', { details: 'the hunt ends before it begins' });
  return { opens, closes };
}

/** With a schedule its first round begins when the schedule says so; without one the whole window is one round. */
export async function createHunt(
  { db, jobs, runners }: HuntContext,
  principal: Principal,
  request: NewHunt,
): Promise<Hunt> {
  const { organisation, actor } = principal;
  const { opens, closes } = checkWindow(request);
  const { schedule } = request;
  if (request.runner !== undefined && (await runners).find(organisation, request.runner) === null)
    throw new AppError('bad_request', {
      details: `runner: there is no runner ${request.runner} for this organisation; the operator of the server names them`,
    });
  if (schedule !== undefined) checkSchedule(schedule);
  const nextRoundAt = schedule === undefined ? null : nextWithin(schedule, opens ?? new Date(), closes);
  if (schedule !== undefined && nextRoundAt === null)
    throw new AppError('bad_request', { details: 'no round of the schedule begins before the hunt ends' });
  const key = { organisation, id: newId() };
  await inTransaction(db, async (tx) => {
    await store.insertHunt(tx, {
      ...key,
      name: request.name,
      owner: request.owner,
      createdBy: actor,
      anyone: request.anyone,
      scansPerEndpoint: request.scansPerEndpoint,
      cron: schedule?.cron ?? null,
      timeZone: schedule?.timeZone ?? null,
      roundSeconds: schedule === undefined ? null : Math.round(schedule.hours * HOUR),
      nextRoundAt,
      untilAt: closes,
      limits: request.limits,
      runner: request.runner ?? null,
    });
    await store.addTargets(tx, key, targetsOf(request.targets));
    await store.settleAnyone(tx, key);
    if (schedule === undefined) {
      const round = await addRound(tx, key, { opensAt: opens, closesAt: closes, seconds: null });
      // What is planned for later is asked for when it begins.
      if (opens === null || opens <= new Date()) await tellDue({ jobs }, tx, { ...key, name: request.name }, round);
    }
    await appendAudit(tx, {
      organisation,
      actor,
      action: 'create-hunt',
      subject: key.id,
      details: { name: request.name },
    });
  });
  return await getHunt(db, key);
}

/** Locks an open hunt. AppError not_found, conflict where it is closed. */
async function lockOpen(tx: Tx, key: HuntKey): Promise<void> {
  const locked = await store.lockHunt(tx, key);
  if (locked === false) throw notFound();
  if (locked === null) throw new AppError('conflict', { details: 'The hunt is closed' });
}

/** Ends its rounds and revokes its keys. Closing again changes nothing. */
export async function closeHunt({ db }: Context, { organisation, actor }: Principal, id: string): Promise<Hunt> {
  const key = { organisation, id };
  await inTransaction(db, async (tx) => {
    const locked = await store.lockHunt(tx, key);
    if (locked === false) throw notFound();
    if (locked === null) return;
    await endRounds(tx, key);
    await store.setClosed(tx, key);
    const keys = await revokeHuntKeys(tx, organisation, id);
    await appendAudit(tx, { organisation, actor, action: 'close-hunt', subject: id, details: { revokedKeys: keys } });
  });
  return await getHunt(db, key);
}

export async function openRound(
  { db, jobs }: Context,
  { organisation, actor }: Principal,
  id: string,
  hours: number | null,
): Promise<Round> {
  const key = { organisation, id };
  const { name } = await getHunt(db, key);
  const number = await inTransaction(db, async (tx) => {
    await lockOpen(tx, key);
    const added = await addRound(tx, key, { opensAt: null, seconds: hours === null ? null : hours * HOUR });
    await appendAudit(tx, { organisation, actor, action: 'open-round', subject: id, details: { round: added } });
    await tellDue({ jobs }, tx, { ...key, name }, added);
    return added;
  });
  const row = await findRound(db, key, number);
  if (row === null) throw notFound();
  return roundOf(row);
}

export async function changeTargets(
  { db }: Context,
  { organisation, actor }: Principal,
  id: string,
  { add, remove }: z.output<typeof contract.changedTargets>,
): Promise<Hunt> {
  const key = { organisation, id };
  await inTransaction(db, async (tx) => {
    await lockOpen(tx, key);
    await store.removeTargets(tx, key, remove);
    await store.addTargets(tx, key, targetsOf(add));
    await store.settleAnyone(tx, key);
    const details = { added: add.length, removed: remove.length };
    await appendAudit(tx, { organisation, actor, action: 'change-targets', subject: id, details });
  });
  return await getHunt(db, key);
}
