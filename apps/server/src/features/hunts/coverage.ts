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
  /** What targets may call the machine: its names, with and without the domain, and its machine ids. */
  readonly names: readonly string[];
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
  const [best] = [...scans].sort((a, b) => RANK[stateOf(a)] - RANK[stateOf(b)] || time(b) - time(a));
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

/** Scans by machine: before a scan is judged its endpoint is not known, so that it stands alone. */
function byMachine(scans: readonly RoundScan[]): ReadonlyMap<string, readonly RoundScan[]> {
  const machines = new Map<string, RoundScan[]>();
  for (const scan of scans) {
    const key = scan.endpoint?.id ?? scan.id;
    const own = machines.get(key);
    if (own === undefined) machines.set(key, [scan]);
    else own.push(scan);
  }
  return machines;
}

function index(machines: ReadonlyMap<string, readonly RoundScan[]>): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  const add = (name: string, machine: string): void => {
    const own = found.get(name);
    if (own === undefined) found.set(name, new Set([machine]));
    else own.add(machine);
  };
  for (const [machine, scans] of machines) {
    for (const { names, address } of scans) {
      for (const name of names) add(name, machine);
      if (address !== null) add(address, machine);
    }
  }
  return found;
}

const NOBODY: ReadonlySet<string> = new Set();

/** Every target and every machine that came, in order of name. */
export function coverRound(view: RoundView): readonly TargetRow[] {
  const machines = byMachine(view.scans);
  const named = index(machines);
  const claimed = new Set<string>();
  const rows: TargetRow[] = [];
  for (const { name, group } of view.targets) {
    const came = [...(named.get(name.toLowerCase()) ?? NOBODY)];
    for (const machine of came) claimed.add(machine);
    const scans = came.flatMap((machine) => machines.get(machine) ?? []);
    if (scans.length === 0) {
      const state = view.ended ? 'missing' : 'expected';
      rows.push({ name, group, state, reasons: [], endpoint: null, scanId: null, verdict: null, at: null });
    } else if (came.length > 1) {
      const reasons = [`${came.length} machines have this name`];
      rows.push({ ...rowOf(scans, view.one), name, group, state: 'conflicting', reasons });
    } else rows.push({ ...rowOf(scans, view.one), name, group });
  }
  for (const [machine, scans] of machines) {
    if (claimed.has(machine)) continue;
    const row = rowOf(scans, view.one);
    // What still runs may be a target's: who it is is known at its end.
    rows.push(view.anyone || row.state === 'running' ? row : { ...row, state: 'unexpected' });
  }
  return rows.sort((a, b) => compare(a.name, b.name) || compare(a.scanId ?? '', b.scanId ?? ''));
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
