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
  facts: {
    heading: 'What your people know of it',
    none: 'Nothing was written down yet. Names that others use for it, where it is described, what to mind: a report that names this family shows it.',
    aliases: 'Also called',
    aliasesHelp: 'One name a line.',
    links: 'Links',
    linksHelp: 'One a line: a title and an address that begins with https://.',
    noLink: 'Each line has to end with an address that begins with https:// or http://.',
    notes: 'Notes',
    by: 'Written by',
    edit: 'Edit names, links and notes',
    save: 'Save',
    cancel: 'Cancel',
  },
  vaccine: {
    heading: 'A rule to look for it elsewhere',
    note: 'A YARA rule of code that no other family here has, for mail gateways, sandboxes and other scanners.',
    make: 'Make the rule',
    made: (sources: number) =>
      `Made of ${plural(sources, 'sample', 'samples')}; each was looked at with the rule, and it matches.`,
    rule: 'The rule',
    save: 'Save the rule',
  },
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

/** Searches of unknown code that are kept. */
export const savedTexts = {
  heading: 'Searches that go on',
  how: 'What is looked for above can be kept under a name: it then tells, by the notifications, when new code fits.',
  nothing: 'No search is kept.',
  name: 'Name',
  looksFor: 'Looks for',
  contains: (text: string) => `path or family contains “${text}”`,
  finding: (finding: string) => `finding ${finding}`,
  atMost: (endpoints: number) => `on at most ${plural(endpoints, 'endpoint', 'endpoints')}`,
  hits: 'Clusters found',
  last: 'Last found',
  by: 'Kept by',
  keepAs: 'Keep this search as',
  keep: 'Keep it',
  kept: 'Kept. What is there today is no news; what comes is.',
  remove: 'Remove',
  removeOf: (name: string) => `Remove the search ${name}`.slice(0, 200),
} as const;
