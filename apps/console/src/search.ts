import {
  ARTIFACT_VERDICTS,
  type ArtifactVerdict,
  type CaseState,
  cases,
  FAMILY_TYPES,
  type FamilyType,
  FINDING_KINDS,
  type FindingKind,
  fleet,
  hunts,
} from '@genehound/contract';

type TargetState = (typeof hunts.TARGET_STATES)[number];

/**
 * What a page keeps in its address, so that a link opens the same view. Addresses are written by anyone: what does
 * not fit is left out, never an error.
 */

export const REPORT_TABS = ['processes', 'artifacts', 'findings', 'persistence', 'jit', 'changes', 'coverage'] as const;
export type ReportTab = (typeof REPORT_TABS)[number];

/** Plain names and strings, `?process=4121`: addresses that people and other programs can write. */
export function parseSearch(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search));
}

/** The inverse; what is not set is left out. */
export function stringifySearch(search: Readonly<Record<string, unknown>>): string {
  const written = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (typeof value === 'string' && value !== '') written.set(name, value);
  }
  const text = written.toString();
  return text === '' ? '' : `?${text}`;
}

type Raw = Readonly<Record<string, unknown>>;

function oneOf<const T extends readonly string[]>(values: T, value: unknown): T[number] | undefined {
  return values.find((one) => one === value);
}

const LONGEST = 300;

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, LONGEST) : undefined;
}

/** A place of this console; anything that could lead elsewhere is dropped. */
function placeHere(value: unknown): string | undefined {
  const path = typeof value === 'string' ? value : '';
  return /^\/(?![/\\])[^\\\p{Cc}]*$/u.test(path) && !path.startsWith('/sign-in') ? path : undefined;
}

export interface SignInSearch {
  /** Where to go afterwards. */
  readonly next?: string | undefined;
}

export function signInSearch(raw: Raw): SignInSearch {
  return { next: placeHere(raw['next']) };
}

/** In the order in which an analyst asks for them. */
export const SCAN_FILTERS = ['malicious', 'suspicious', 'incomplete', 'no_threats', 'running'] as const;
export type ScanFilter = (typeof SCAN_FILTERS)[number];

export interface ScansSearch {
  readonly verdict?: ScanFilter | undefined;
  readonly q?: string | undefined;
}

export function scansSearch(raw: Raw): ScansSearch {
  return { verdict: oneOf(SCAN_FILTERS, raw['verdict']), q: text(raw['q']) };
}

export interface ReportSearch {
  readonly tab?: ReportTab | undefined;
  /** Key of the chosen process in the tree. */
  readonly process?: string | undefined;
  readonly show?: 'marked' | undefined;
  readonly q?: string | undefined;
  /** `<sha256>:<layout>` of the opened artifact. */
  readonly artifact?: string | undefined;
  readonly verdict?: ArtifactVerdict | undefined;
}

export function reportSearch(raw: Raw): ReportSearch {
  return {
    tab: oneOf(REPORT_TABS, raw['tab']),
    process: text(raw['process']),
    show: oneOf(['marked'], raw['show']),
    q: text(raw['q']),
    artifact: text(raw['artifact']),
    verdict: oneOf(ARTIFACT_VERDICTS, raw['verdict']),
  };
}

export interface HuntSearch {
  readonly state?: TargetState | undefined;
  readonly q?: string | undefined;
  /** A past round by its number. */
  readonly round?: string | undefined;
}

export function huntSearch(raw: Raw): HuntSearch {
  const round = text(raw['round']);
  return {
    state: oneOf(hunts.TARGET_STATES, raw['state']),
    q: text(raw['q']),
    round: round !== undefined && /^[1-9]\d{0,5}$/.test(round) ? round : undefined,
  };
}

export interface ArtifactSearch {
  readonly family?: string | undefined;
  /** Number of the function that is open. */
  readonly function?: string | undefined;
}

export function artifactSearch(raw: Raw): ArtifactSearch {
  const number = text(raw['function']);
  return {
    family: text(raw['family']),
    function: number !== undefined && /^\d{1,7}$/.test(number) ? number : undefined,
  };
}

export interface UnknownSearch {
  readonly q?: string | undefined;
  readonly finding?: FindingKind | undefined;
  /** Endpoints that have it, at most. */
  readonly most?: string | undefined;
}

export function unknownSearch(raw: Raw): UnknownSearch {
  const most = text(raw['most']);
  return {
    q: text(raw['q']),
    finding: oneOf(FINDING_KINDS, raw['finding']),
    most: most !== undefined && /^[1-9]\d{0,8}$/.test(most) ? most : undefined,
  };
}

type Standing = (typeof fleet.ENDPOINT_STANDINGS)[number];
type EndpointSort = (typeof fleet.ENDPOINT_SORTS)[number];

export interface EndpointsSearch {
  readonly standing?: Standing | undefined;
  readonly q?: string | undefined;
  readonly family?: string | undefined;
  readonly sort?: EndpointSort | undefined;
}

export function endpointsSearch(raw: Raw): EndpointsSearch {
  return {
    standing: oneOf(fleet.ENDPOINT_STANDINGS, raw['standing']),
    q: text(raw['q']),
    family: text(raw['family'])?.slice(0, 200),
    sort: oneOf(fleet.ENDPOINT_SORTS, raw['sort']),
  };
}

export interface CasesSearch {
  readonly state?: CaseState | undefined;
  readonly assignee?: string | undefined;
}

export function casesSearch(raw: Raw): CasesSearch {
  return { state: oneOf(cases.CASE_STATES, raw['state']), assignee: text(raw['assignee'])?.slice(0, 200) };
}

export interface FindSearch {
  readonly q?: string | undefined;
}

export function findSearch(raw: Raw): FindSearch {
  return { q: text(raw['q']) };
}

export interface FamiliesSearch {
  readonly q?: string | undefined;
  readonly type?: FamilyType | undefined;
}

export function familiesSearch(raw: Raw): FamiliesSearch {
  return { q: text(raw['q']), type: oneOf(FAMILY_TYPES, raw['type']) };
}

export interface SubAnalysisSearch {
  /** Of the public contract: one piece of code of the scan. */
  readonly sub?: string | undefined;
}

export function subAnalysisSearch(raw: Raw): SubAnalysisSearch {
  return { sub: text(raw['sub']) };
}
