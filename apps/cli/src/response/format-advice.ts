import type { Advice } from '@genehound/contract';
import { safeText } from '../terminal/escape.ts';
import type { Style } from '../terminal/style.ts';

const WORDS = {
  isolate: 'Isolate',
  save: 'Save',
  stop: 'Stop',
  disable: 'Disable',
  remove: 'Remove',
  rotate: 'Rotate credentials of',
  review: 'Review',
} as const;

function stepLines(step: Advice['steps'][number], number: number, style: Style): string[] {
  const pid = step.pid === null ? '' : `, process ${step.pid}`;
  const caution = step.caution === null ? [] : [`     ${style.yellow('mind:')} ${safeText(step.caution, 600)}`];
  return [
    `${String(number).padStart(3)}. ${style.bold(WORDS[step.kind])} ${safeText(step.target, 400)}${pid}`,
    `     ${safeText(step.reason, 800)}`,
    ...caution,
  ];
}

function spreadLines({ spread }: Advice): string[] {
  return spread.slice(0, 10).map(({ sha256, layout, endpoints, shown }) => {
    const names = shown.slice(0, 5).map(({ name }) => safeText(name, 60));
    const rest = endpoints > names.length ? ` and ${endpoints - names.length} more` : '';
    return `  ${layout} ${sha256}: ${names.join(', ')}${rest}`;
  });
}

function familyLines({ families }: Advice, style: Style): string[] {
  if (families.length === 0) return [];
  return [
    '',
    style.bold('Known of the families'),
    ...families.flatMap(({ name, aliases, links, notes }) => [
      `  ${safeText(name, 100)}${aliases.length === 0 ? '' : `, also ${safeText(aliases.join(', '), 300)}`}`,
      ...(notes === '' ? [] : [`    ${safeText(notes, 1_000)}`]),
      ...links.map(({ title, url }) => `    ${safeText(title, 100)}: ${safeText(url, 500)}`),
    ]),
  ];
}

/** What to do about a scan, for people; everything from the endpoint is made safe to print. */
export function formatAdvice(advice: Advice, style: Style): string {
  const { steps, leftOut, techniques, spread, problems, attribution } = advice;
  const lines =
    steps.length === 0
      ? ['Nothing in this scan asks for a response.']
      : [style.bold('Do now'), ...steps.flatMap((step, at) => stepLines(step, at + 1, style))];
  if (leftOut > 0) lines.push(`     and ${leftOut} more steps of these kinds; the report lists what they are about`);
  for (const problem of problems) lines.push(`     ${style.yellow('unknown:')} ${safeText(problem, 400)}`);
  lines.push(...familyLines(advice, style));
  if (spread.length > 0) lines.push('', style.bold('The same code on other endpoints'), ...spreadLines(advice));
  if (techniques.length > 0) {
    lines.push('', style.bold('Techniques (MITRE ATT&CK)'));
    for (const { id, name, because } of techniques) lines.push(`  ${id.padEnd(10)} ${name}: ${safeText(because, 300)}`);
    lines.push(style.dim(`  ${attribution}`));
  }
  return lines.join('\n');
}
