import type { fleet } from '@genehound/contract';
import { count } from './format/quantity.ts';

type Standing = (typeof fleet.ENDPOINT_STANDINGS)[number];
type FoundKind = (typeof fleet.FOUND_KINDS)[number];

const plural = (value: number, one: string, many: string): string => `${count(value)} ${value === 1 ? one : many}`;

const STANDINGS: Readonly<Record<Standing, string>> = {
  malicious: 'infected',
  suspicious: 'suspicious',
  incomplete: 'incomplete',
  no_threats: 'no threats',
  not_judged: 'not judged',
};
const FOUND: Readonly<Record<FoundKind, string>> = {
  endpoint: 'Endpoint',
  scan: 'Scan',
  artifact: 'Artifact',
  family: 'Family',
  hunt: 'Hunt',
  cluster: 'Unknown code',
};

/** Texts of the overview, the endpoints and the search; part of `texts`. */
export const fleetTexts = {
  standings: STANDINGS,
  overview: {
    heading: 'Overview',
    standings: 'Endpoints by where they stand',
    hunts: 'Running hunts',
    noHunts: 'No hunt is open.',
    planHunt: 'Plan a hunt',
    decide: 'Needs a decision',
    nothing: 'Nothing waits for a decision.',
    why: 'Why',
    unknown: (clusters: number) => plural(clusters, 'cluster of unknown code', 'clusters of unknown code'),
    recent: (recent: number) => `${count(recent)} first seen within seven days`,
    rarest: (endpoints: number, fleet: number) =>
      `the rarest on ${count(endpoints)} of ${plural(fleet, 'endpoint', 'endpoints')}`,
    foreign: (n: number) =>
      plural(
        n,
        'piece of known software holds functions of no release',
        'pieces of known software hold functions of no release',
      ),
    conflicts: (n: number) =>
      plural(n, 'acquittal contradicts later knowledge', 'acquittals contradict later knowledge'),
    /** The server counts a thousand at most. */
    failedWork: (n: number) =>
      `${n < 1_000 ? '' : 'at least '}${plural(n, 'piece of work', 'pieces of work')} of the server failed for good`,
    newestFailure: 'The newest:',
    retryFailedJob: 'Try it again',
    dismissFailedJob: 'Leave it undone',
    moreThreats: (n: number) => `and ${plural(n, 'more endpoint', 'more endpoints')}`,
    trend: 'The last fourteen days',
    trendUnknown: 'Unknown code first seen',
    trendScans: 'Scans judged',
    trendAccusing: 'Scans that accuse',
    asTable: 'As a table',
    day: 'Day (UTC)',
    sum: (n: number) => `${count(n)} in all`,
    noBaseline:
      'Nothing was acquitted yet. Open the scan of a machine that you know to be clean and press “Acquit endpoint…”: its software is then no longer unknown anywhere.',
  },
  endpoints: {
    heading: 'Endpoints',
    intro:
      'Every machine that was ever scanned, and where it stands by its newest judged scan. A scan that could not see everything clears nobody.',
    search: 'Name or system contains',
    family: 'Family',
    sort: 'Order',
    sorts: { name: 'by name', seen: 'seen last first', standing: 'worst first' },
    name: 'Endpoint',
    standing: 'Stands',
    system: 'System',
    notTrusted: 'Malicious, suspicious, unknown',
    judgedBy: 'Scan',
    decide: 'Decide',
    acquit: 'Acquit…',
    acquitOf: (name: string) => `Acquit… ${name}`,
    seen: 'Seen last',
    total: (n: number) => plural(n, 'endpoint', 'endpoints'),
    nothing: 'No endpoint fits.',
    none: 'No endpoint was scanned yet.',
    first: 'First seen',
    scans: (n: number) => plural(n, 'scan', 'scans'),
    identities: 'What it was called',
    kind: 'As',
    kinds: {
      host_name: 'host name',
      machine_id: 'machine id',
      hardware_uuid: 'hardware id',
      domain: 'domain',
      address: 'address',
    },
    value: 'Value',
    history: 'Scans',
    newest: 'The report that says so',
    changes: 'Changes since the scan before',
    noChanges: 'The same code as in the scan before.',
    nothingBefore: 'There is no earlier scan to compare with.',
    compared: 'Compared with the scan of',
    unread: 'What one of the two could not read counts here as not seen.',
    appeared: (n: number) => `Appeared: ${count(n)}`,
    gone: (n: number) => `Gone: ${count(n)}`,
    shownOf: (shown: number, all: number) => `The first ${count(shown)} of ${count(all)} are shown.`,
    where: 'Where',
    notJudged: 'not judged',
  },
  find: {
    label: 'Find a hash, host, family, path or address',
    heading: 'Found',
    prompt: 'Type two characters at least.',
    for: (n: number) => `${plural(n, 'thing', 'things')} found`,
    nothing:
      'Nothing fits. Hashes are found by their first eight digits, hosts, families and paths by any part of them.',
    partial:
      'Not every path could be looked through in time: there may be more. A longer part of the path, or a hash, finds it.',
    kinds: FOUND,
    kind: 'What',
    name: 'Name',
    note: 'More',
    memory: 'code in memory',
  },
  jobs: {
    label: 'What the server is doing',
    idle: 'idle',
    receiving: (n: number) => `${plural(n, 'scan', 'scans')} arriving`,
    analysing: (n: number) => `${plural(n, 'scan', 'scans')} being judged`,
    artifacts: (n: number) => `${n >= 10_000 ? 'more than ' : ''}${plural(n, 'artifact', 'artifacts')} to analyse`,
    retro: (n: number) => `${plural(n, 'retro-hunt', 'retro-hunts')} running`,
  },
  saving: {
    csv: 'Save as CSV',
    lines: 'as JSON lines',
    running: (n: number) => `${count(n)} rows…`,
    done: (n: number) => `${plural(n, 'row', 'rows')} saved.`,
  },
} as const;
