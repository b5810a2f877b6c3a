import type { Answer } from '@genehound/contract';
import { safeText } from '../terminal/escape.ts';
import { formatTable } from '../terminal/table.ts';

type Hunt = Answer<'getHunt'>;
type Coverage = Answer<'getCoverage'>;
type TargetRow = Answer<'listTargets'>['items'][number];

const NAME_LENGTH = 60;

function roundText({ round, nextRoundAt, closedAt }: Hunt): string {
  if (closedAt !== null) return 'closed';
  if (round === null || round.state === 'ended') return nextRoundAt === null ? 'over' : `next ${nextRoundAt}`;
  // There is no agent: nothing runs until the operator's own tool starts the scanner.
  if (round.state === 'waiting') return `${round.number}, waiting for your deployment tool`;
  return `${round.number}, ${round.state}`;
}

export function formatHunts(hunts: readonly Hunt[]): string {
  if (hunts.length === 0) return 'There are no hunts yet; "genehound hunts create NAME" makes one.';
  const rows = hunts.map((hunt) => [
    hunt.id,
    safeText(hunt.name, NAME_LENGTH),
    hunt.anyone ? 'whoever comes' : `${hunt.targets}`,
    `${hunt.scans}`,
    roundText(hunt),
  ]);
  return formatTable([['ID', 'NAME', 'TARGETS', 'SCANS', 'ROUND'], ...rows]);
}

export function formatHunt(hunt: Hunt): string {
  const { schedule, limits } = hunt;
  const limited = Object.entries(limits).map(([name, value]) => `${name} ${value}`);
  return formatTable([
    ['hunt', `${safeText(hunt.name, NAME_LENGTH)}  ${hunt.id}`],
    ...(hunt.owner === '' ? [] : [['owner', safeText(hunt.owner, NAME_LENGTH)]]),
    ['targets', hunt.anyone ? `whoever comes${hunt.targets > 0 ? `, ${hunt.targets} named` : ''}` : `${hunt.targets}`],
    ['round', roundText(hunt)],
    ...(hunt.runner === null ? [] : [['runner', hunt.runner]]),
    ...(schedule === null
      ? []
      : [
          [
            'schedule',
            `${schedule.cron} ${schedule.timeZone}, ${schedule.hours} h each; next ${hunt.nextRoundAt ?? 'none'}`,
          ],
        ]),
    [
      'scans',
      `${hunt.scans}, ${hunt.scansPerEndpoint === 'one' ? 'one an endpoint and round' : 'any number an endpoint'}`,
    ],
    ...(limited.length === 0 ? [] : [['limits', limited.join(', ')]]),
  ]);
}

export function formatCoverage({ round, counts, share, verdicts, timeline }: Coverage): string {
  const seen = Object.entries(counts).filter(([, count]) => count > 0);
  const last = timeline.at(-1);
  return formatTable([
    [
      'round',
      `${round.number}, ${round.state}, since ${round.opensAt}${round.closesAt === null ? '' : `, until ${round.closesAt}`}`,
    ],
    ['coverage', share === null ? 'whoever comes' : `${Math.floor(share * 1_000) / 10} %`],
    ['targets', seen.length === 0 ? 'none' : seen.map(([state, count]) => `${count} ${state}`).join(', ')],
    [
      'verdicts',
      `${verdicts.malicious} infected, ${verdicts.suspicious} suspicious, ${verdicts.incomplete} incomplete, ${verdicts.no_threats} no threats`,
    ],
    ['last', last === undefined ? 'nobody has reported' : `${last.at}, ${last.reported} endpoints by then`],
  ]);
}

export function formatTargets(rows: readonly TargetRow[]): string {
  if (rows.length === 0) return 'There is none.';
  return formatTable([
    ['TARGET', 'STATE', 'VERDICT', 'WHEN', 'WHY'],
    ...rows.map((row) => [
      safeText(row.name, NAME_LENGTH),
      row.state,
      row.verdict ?? '',
      row.at ?? '',
      safeText(row.reasons.join('; '), 120),
    ]),
  ]);
}
