import { count } from './format/quantity.ts';

const plural = (value: number, one: string, many: string): string => `${count(value)} ${value === 1 ? one : many}`;

/** Texts of families, foreign code and retro-hunts; part of `texts`. */
export const familiesTexts = {
  heading: 'Families',
  intro: 'What code is compared with: malware, tools, libraries and applications, of the global genome and your own.',
  total: (n: number) => plural(n, 'family', 'families'),
  samples: (n: number) => plural(n, 'sample speaks for it', 'samples speak for it'),
  since: 'known since',
  hit: (n: number) => `${plural(n, 'endpoint stands', 'endpoints stand')} accused of it`,
  met: 'Where its code was met',
  most: (n: number) => `The newest ${count(n)} are shown; there may be more.`,
  notMet: 'No malicious or suspicious code of your endpoints shares genes with it.',
  members: 'Samples',
  noMembers: 'No sample of its own: a pack brought its genes.',
  source: 'Source',
  kind: 'Kind',
} as const;

export const foreignTexts = {
  heading: 'Foreign code',
  intro:
    'Known software that holds functions which no release of it has, gathered in one place: what a tampered library looks like. Smaller amounts of new code are normal and not listed.',
  nothing: 'No known software holds foreign code.',
  most: (n: number) => `The newest ${count(n)} are shown; there may be more.`,
  software: 'Software',
  why: 'What is foreign',
  judged: 'Judged',
  code: 'Code',
  beside: 'beside the known release',
} as const;

export const retroTexts = {
  heading: 'Retro-hunts',
  intro:
    'Whenever knowledge changes, everything that was ever scanned is judged again. What changed by it, and since when endpoints had the code.',
  nothing: 'Knowledge has not changed since the first scan.',
  families: 'Families',
  genes: 'Genes searched',
  artifacts: 'Artifacts changed',
  scans: 'Scans changed',
  state: 'State',
  running: (share: string) => `running, ${share}`,
  done: 'done',
  started: 'Began',
  one: 'Retro-hunt',
  changedScans: 'Scans with another verdict',
  changedArtifacts: 'Code with another verdict',
  noScans: 'No past scan has another verdict.',
  noArtifacts: 'No code has another verdict.',
  before: 'Before',
  after: 'Now',
  scannedAt: 'Scanned',
  older: 'Show older ones',
} as const;
