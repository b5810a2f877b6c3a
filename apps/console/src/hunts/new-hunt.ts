import type { hunts } from '@genehound/contract';
import type { z } from 'zod';

export type NewHunt = z.input<typeof hunts.newHunt>;

export const RHYTHMS = ['daily', 'weekly', 'monthly', 'own'] as const;
type Rhythm = (typeof RHYTHMS)[number];
export const WHENS = ['open', 'window', 'schedule'] as const;
type When = (typeof WHENS)[number];

/** What the form holds. */
export interface Draft {
  readonly name: string;
  readonly owner: string;
  readonly targets: string;
  readonly anyone: boolean;
  readonly when: When;
  /** Local time, as an input of the kind datetime-local has it. */
  readonly closes: string;
  readonly rhythm: Rhythm;
  readonly hour: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly hours: string;
  readonly any: boolean;
  readonly cpu: string;
}

/** Lines of `name` or `name, group`, as spreadsheets separate them; `#` begins a comment. */
export function targetsOf(text: string): NewHunt['targets'] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/#.*$/, '').split(/[,;\t]/))
    .flatMap(([name = '', group = '']) => {
      const [named, grouped] = [name.trim(), group.trim()];
      if (named === '') return [];
      return [grouped === '' ? named : { name: named, group: grouped }];
    });
}

function cronOf({ rhythm, hour, cron }: Draft): string {
  const at = Number(hour) || 0;
  if (rhythm === 'daily') return `0 ${at} * * *`;
  if (rhythm === 'weekly') return `0 ${at} * * MON`;
  return rhythm === 'monthly' ? `0 ${at} 1 * *` : cron.trim();
}

export function requestOf(draft: Draft): NewHunt {
  const cpu = Number(draft.cpu);
  return {
    name: draft.name.trim(),
    owner: draft.owner.trim(),
    targets: targetsOf(draft.targets),
    anyone: draft.anyone,
    scansPerEndpoint: draft.any ? 'any' : 'one',
    limits: cpu >= 1 && cpu <= 100 ? { cpuPercent: Math.round(cpu) } : {},
    ...(draft.when === 'window' && draft.closes !== '' ? { closesAt: new Date(draft.closes).toISOString() } : {}),
    ...(draft.when === 'schedule'
      ? { schedule: { cron: cronOf(draft), timeZone: draft.timeZone.trim(), hours: Number(draft.hours) || 24 } }
      : {}),
  };
}
