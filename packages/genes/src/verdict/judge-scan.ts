import type { ArtifactVerdict, NotReadReason, ScanVerdict } from '@genehound/contract';

/** One distinct artifact of the scan, judged as it was seen there. */
export interface JudgedArtifact {
  readonly verdict: ArtifactVerdict;
  /** As `namedFamilies` gives them. */
  readonly families: readonly string[];
  /** What to call it in a sentence: a path, or a place in memory. The endpoint's word. */
  readonly name: string;
}

export interface ScanInput {
  readonly artifacts: readonly JudgedArtifact[];
  /** As the scanner said; null where its end never came. */
  readonly endReason: string | null;
  /** Mandatory messages that never came, by the name of their route. */
  readonly missingMessages: readonly string[];
  readonly coverage: {
    /** False for clients that do not report what they could not read. */
    readonly reported: boolean;
    readonly complete: boolean;
    /** What was readable at full privilege and was not read: how often, by reason. */
    readonly notRead: readonly { readonly reason: NotReadReason; readonly count: number }[];
  };
  /** Artifacts whose bytes were asked for and never came. */
  readonly missingBytes: number;
  /** Artifacts whose analysis failed. */
  readonly failed: number;
}

export interface ScanJudgement {
  readonly verdict: ScanVerdict;
  /** Families of malicious artifacts, then of suspicious ones; each once, in order of name. */
  readonly families: readonly string[];
  /** Sentences, what decided first. */
  readonly reasons: readonly string[];
  /** Those of the reasons that say what was not read; empty for a complete scan. */
  readonly incomplete: readonly string[];
}

/** Artifacts named in one sentence; the report lists all. */
const NAMED = 5;

const SAYS: Readonly<Record<NotReadReason, string>> = {
  no_privileges: 'for lack of privileges',
  timeout: 'for lack of time',
  limit: 'because of a limit',
  io_error: 'because reading failed',
  unsupported: 'because the scanner cannot do it on this system',
  internal: 'because of an error in the scanner',
  exited: 'because they had ended',
  kernel_thread: 'because they are kernel threads',
  protected: 'because they are protected',
  scanner_itself: 'because they belong to the scanner',
};

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

function ofVerdict(input: ScanInput, verdict: ArtifactVerdict): readonly JudgedArtifact[] {
  return input.artifacts.filter((artifact) => artifact.verdict === verdict);
}

function familiesOf(artifacts: readonly JudgedArtifact[]): readonly string[] {
  return [...new Set(artifacts.flatMap((artifact) => artifact.families))].sort();
}

function sentence(artifacts: readonly JudgedArtifact[], verdict: string): readonly string[] {
  if (artifacts.length === 0) return [];
  const names = [...new Set(artifacts.map((artifact) => artifact.name))].sort();
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  const families = familiesOf(artifacts);
  const of = families.length === 0 ? '' : ` (${families.join(', ')})`;
  return [
    `${plural(artifacts.length, 'artifact is', 'artifacts are')} ${verdict}${of}: ${names.slice(0, NAMED).join(', ')}${more}`,
  ];
}

function incompleteness(input: ScanInput): readonly string[] {
  const reasons: string[] = [];
  if (input.endReason === null) reasons.push('The scan never ended: the scanner was not heard of again');
  else if (input.endReason === 'unsupported')
    reasons.push('The scanner does not support this machine: nothing was read');
  else if (input.endReason !== 'done') reasons.push(`The scan ended with the reason ${input.endReason}`);
  for (const message of [...input.missingMessages].sort()) reasons.push(`The scanner never sent its ${message}`);
  for (const { reason, count } of input.coverage.notRead) {
    if (count > 0)
      reasons.push(`${plural(count, 'process was', 'processes were')} not read completely ${SAYS[reason]}`);
  }
  if (input.coverage.reported && !input.coverage.complete && reasons.length === 0) {
    reasons.push('The scanner says that it did not read everything it should have');
  }
  if (input.missingBytes > 0)
    reasons.push(`The bytes of ${plural(input.missingBytes, 'artifact', 'artifacts')} never came`);
  if (input.failed > 0) reasons.push(`The analysis of ${plural(input.failed, 'artifact', 'artifacts')} failed`);
  return reasons;
}

/**
 * The verdict of a scan: infected if any artifact is malicious, else suspicious if any is, else incomplete if
 * anything readable was not read, else no threats. Pure; every reason is given, also those that did not decide.
 */
export function judgeScan(input: ScanInput): ScanJudgement {
  const malicious = ofVerdict(input, 'malicious');
  const suspicious = ofVerdict(input, 'suspicious');
  const incomplete = incompleteness(input);
  const inMalicious = familiesOf(malicious);
  const families = [...inMalicious, ...familiesOf(suspicious).filter((name) => !inMalicious.includes(name))];
  const reasons = [...sentence(malicious, 'malicious'), ...sentence(suspicious, 'suspicious'), ...incomplete];
  if (!input.coverage.reported) reasons.push('This client does not report what it could not read');
  let verdict: ScanVerdict = 'no_threats';
  if (malicious.length > 0) verdict = 'infected';
  else if (suspicious.length > 0) verdict = 'suspicious';
  else if (incomplete.length > 0) verdict = 'incomplete';
  if (verdict === 'no_threats') {
    reasons.unshift(
      `${plural(input.artifacts.length, 'artifact', 'artifacts')} judged, none of them malicious or suspicious`,
    );
  }
  return { verdict, families, reasons, incomplete };
}
