import type { Answer, PublicScanVerdict } from '@genehound/contract';

type TargetRow = Answer<'listTargets'>['items'][number];
type TargetState = TargetRow['state'];

/** What coverage has to know of a scan of the round. Names and addresses in lower case. */
export interface RoundScan {
  readonly id: string;
  readonly state: 'receiving' | 'analysing' | 'done' | 'failed';
  readonly endReason: string | null;
  readonly verdict: PublicScanVerdict | null;
  /** Why it is not complete; null where that was not kept. */
  readonly gaps: readonly string[] | null;
  readonly endpoint: { readonly id: string; readonly name: string } | null;
  /** All that its endpoint was ever called: what targets may call the machine. A host name may be followed by a domain. */
  readonly hosts: readonly string[];
  readonly domains: readonly string[];
  readonly machineIds: readonly string[];
  readonly address: string | null;
  readonly endedAt: Date | null;
}

export interface Target {
  readonly name: string;
  readonly group: string | null;
}

export interface RoundView {
  readonly targets: readonly Target[];
  readonly scans: readonly RoundScan[];
  readonly anyone: boolean;
  readonly one: boolean;
  /** The round is over. */
  readonly ended: boolean;
}

const WORST: readonly PublicScanVerdict[] = ['malicious', 'suspicious', 'incomplete', 'no_threats'];
const SHOWN_REASONS = 20;

/** A whole scan: the scanner said that it was done. What broke off may be followed by another. */
const isWhole = (scan: RoundScan): boolean => scan.state === 'done' && scan.endReason === 'done';

function stateOf(scan: RoundScan): TargetState {
  if (scan.state === 'receiving' || scan.state === 'analysing') return 'running';
  if (scan.state === 'failed') return 'failed';
  if (scan.endReason === 'unsupported') return 'unsupported';
  const isComplete = scan.gaps === null ? scan.verdict !== 'incomplete' : scan.gaps.length === 0;
  return isComplete ? 'done' : 'incomplete';
}

/** The better speaks for the endpoint. */
const RANK: Readonly<Record<TargetState, number>> = {
  done: 0,
  incomplete: 1,
  running: 2,
  unsupported: 3,
  failed: 4,
  conflicting: 5,
  unexpected: 5,
  expected: 6,
  missing: 6,
};

const time = (scan: RoundScan): number => scan.endedAt?.getTime() ?? Number.POSITIVE_INFINITY;

function worstOf(scans: readonly RoundScan[]): PublicScanVerdict | null {
  return WORST.find((verdict) => scans.some((scan) => scan.verdict === verdict)) ?? null;
}

/** All scans of one machine in the round as one row. A clean scan never hides an earlier infection. */
function rowOf(scans: readonly RoundScan[], one: boolean): TargetRow {
  const [best] =
    scans.length === 1 ? scans : [...scans].sort((a, b) => RANK[stateOf(a)] - RANK[stateOf(b)] || time(b) - time(a));
  if (best === undefined) throw new Error('a machine without a scan');
  const whole = scans.filter(isWhole);
  const conflicts = one && whole.length > 1;
  const verdict = worstOf(scans);
  // Of equal scans the one that says why the endpoint is not clean is the one to open.
  const shown = scans.find((scan) => scan.verdict === verdict && stateOf(scan) === stateOf(best)) ?? best;
  return {
    name: best.endpoint?.name ?? best.address ?? 'unnamed',
    group: null,
    state: conflicts ? 'conflicting' : stateOf(best),
    reasons: [
      ...(conflicts
        ? [`${whole.length} whole scans came, one is admitted: ${whole.map(({ id }) => id).join(', ')}`]
        : []),
      ...(shown.gaps ?? []),
    ].slice(0, SHOWN_REASONS),
    endpoint: best.endpoint,
    scanId: shown.id,
    verdict,
    at: shown.endedAt?.toISOString() ?? null,
  };
}

type Machines = ReadonlyMap<string, readonly RoundScan[]>;

/** Scans by machine: before a scan is judged its endpoint is not known, so that it stands alone. */
function byMachine(scans: readonly RoundScan[]): Machines {
  const machines = new Map<string, RoundScan[]>();
  for (const scan of scans) {
    const key = scan.endpoint?.id ?? scan.id;
    const own = machines.get(key);
    if (own === undefined) machines.set(key, [scan]);
    else own.push(scan);
  }
  return machines;
}

/** Machines by what they are called. Names and domains stay apart: whoever claims many of both must not make us pair them. */
interface Called {
  readonly hosts: ReadonlyMap<string, readonly string[]>;
  readonly others: ReadonlyMap<string, readonly string[]>;
  readonly domains: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The same machine again comes right behind itself. */
function addTo(found: Map<string, string[]>, name: string, machine: string): void {
  const own = found.get(name);
  if (own === undefined) found.set(name, [machine]);
  else if (own.at(-1) !== machine) own.push(machine);
}

function callMachines(machines: Machines): Called {
  const hosts = new Map<string, string[]>();
  const others = new Map<string, string[]>();
  const domains = new Map<string, ReadonlySet<string>>();
  for (const [machine, scans] of machines) {
    // Scans of one machine share its names.
    const [first] = scans;
    for (const host of first?.hosts ?? []) addTo(hosts, host, machine);
    domains.set(machine, new Set(first?.domains));
    for (const id of first?.machineIds ?? []) addTo(others, id, machine);
    for (const { address } of scans) if (address !== null) addTo(others, address, machine);
  }
  return { hosts, others, domains };
}

/** The machines that a target means. */
function find({ hosts, others, domains }: Called, target: string): ReadonlySet<string> {
  const name = target.toLowerCase();
  const found = new Set([...(hosts.get(name) ?? []), ...(others.get(name) ?? [])]);
  for (let dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) {
    const domain = name.slice(dot + 1);
    for (const machine of hosts.get(name.slice(0, dot)) ?? [])
      if (domains.get(machine)?.has(domain)) found.add(machine);
  }
  return found;
}

const REPORTED: ReadonlySet<TargetState> = new Set(['done', 'incomplete', 'conflicting', 'unsupported']);

interface RoundCoverage {
  /** Every target and every machine that came, in order of name. */
  readonly rows: readonly TargetRow[];
  /** Targets that reported: who came without being asked is none. */
  readonly reported: number;
}

export function coverRound(view: RoundView): RoundCoverage {
  const machines = byMachine(view.scans);
  const called = callMachines(machines);
  const claimed = new Set<string>();
  const rows: TargetRow[] = [];
  for (const { name, group } of view.targets) {
    const came = find(called, name);
    for (const machine of came) claimed.add(machine);
    const scans = [...came].flatMap((machine) => machines.get(machine) ?? []);
    if (scans.length === 0) {
      const state = view.ended ? 'missing' : 'expected';
      rows.push({ name, group, state, reasons: [], endpoint: null, scanId: null, verdict: null, at: null });
    } else if (came.size > 1) {
      const reasons = [`${came.size} machines have this name`];
      rows.push({ ...rowOf(scans, view.one), name, group, state: 'conflicting', reasons });
    } else rows.push({ ...rowOf(scans, view.one), name, group });
  }
  const reported = rows.filter(({ state }) => REPORTED.has(state)).length;
  for (const [machine, scans] of machines) {
    if (claimed.has(machine)) continue;
    const row = rowOf(scans, view.one);
    // What still runs may be a target's: who it is is known at its end.
    rows.push(view.anyone || row.state === 'running' ? row : { ...row, state: 'unexpected' });
  }
  rows.sort((a, b) => compare(a.name, b.name) || compare(a.scanId ?? '', b.scanId ?? ''));
  return { rows, reported };
}

/** Machines by the worst verdict of their scans; each once, whatever targets are called. */
export function countMachines(scans: readonly RoundScan[]): Readonly<Record<PublicScanVerdict, number>> {
  const counts = { malicious: 0, suspicious: 0, incomplete: 0, no_threats: 0 };
  for (const own of byMachine(scans).values()) {
    const verdict = worstOf(own);
    if (verdict !== null) counts[verdict] += 1;
  }
  return counts;
}

export function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** How many machines had reported by when, at most `points` points from the first to the last. */
export function timelineOf(scans: readonly RoundScan[], points: number): readonly { at: string; reported: number }[] {
  const firsts = [...byMachine(scans).values()]
    .map((own) => Math.min(...own.map(time)))
    .filter((at) => Number.isFinite(at))
    .sort((a, b) => a - b);
  const step = Math.max(1, Math.ceil(firsts.length / points));
  return firsts.flatMap((at, place) => {
    const isShown = (place + 1) % step === 0 || place === firsts.length - 1;
    return isShown ? [{ at: new Date(at).toISOString(), reported: place + 1 }] : [];
  });
}
