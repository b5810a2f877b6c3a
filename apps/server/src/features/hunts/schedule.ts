import { AppError } from '@genehound/contract';
import { Cron } from 'croner';

/** When a hunt's rounds begin: five fields of cron in an IANA time zone. */
export interface Schedule {
  readonly cron: string;
  readonly timeZone: string;
}

function parse({ cron, timeZone }: Schedule): Cron {
  return new Cron(cron, { timezone: timeZone, paused: true, mode: '5-part' });
}

/** AppError bad_request where it cannot be read, or never comes true. */
export function checkSchedule(schedule: Schedule): void {
  try {
    if (nextRound(schedule, new Date()) === null) throw new Error('it never comes true');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new AppError('bad_request', { details: `the schedule cannot be used: ${why.slice(0, 200)}` });
  }
}

/** The first beginning after `after`, which does not count itself; null where there is none. */
export function nextRound(schedule: Schedule, after: Date): Date | null {
  return parse(schedule).nextRun(after);
}

/**
 * The latest beginning in (after, now], or null: after a pause of the server one round stands for all that it missed,
 * the one whose time it is.
 */
export function latestDue(schedule: Schedule, first: Date, now: Date): Date | null {
  if (first > now) return null;
  const [previous] = parse(schedule).previousRuns(1, new Date(now.getTime() + 1_000));
  return previous !== undefined && previous > first && previous <= now ? previous : first;
}
