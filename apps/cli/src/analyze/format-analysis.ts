import { safeText } from '../terminal/escape.ts';
import { formatTable } from '../terminal/table.ts';
import type { ServerAnswer } from './ask-server.ts';
import type { LocalAnalysis } from './local-analysis.ts';

const MOST = 20;

export interface Analysis extends LocalAnalysis {
  /** Null where no server was asked. */
  readonly server: ServerAnswer | null;
}

type Artifact = NonNullable<ServerAnswer['artifact']>;

function formatFamilies({ evidence }: NonNullable<Artifact['verdict']>): string[] {
  const rows = evidence.families
    .slice(0, MOST)
    .map((one) => [
      safeText(one.name, 60),
      one.type.replaceAll('_', ' '),
      `${(one.share * 100).toFixed(1)} %`,
      `${one.reusedGenes} genes`,
      `${one.uniqueGenes} in no other family`,
      `in ${one.functions} functions, ${one.exactFunctions} of them whole`,
    ]);
  const more = evidence.families.length - rows.length;
  return [
    ...(rows.length > 0 ? ['Families', formatTable(rows, '  ')] : []),
    ...(more > 0 ? [`  and ${more} more; --json has them all`] : []),
  ];
}

function formatArtifact({ state, problem, verdict }: Artifact): string[] {
  const trouble = problem === null ? '' : `: ${safeText(problem)}`;
  if (verdict === null) return [`Verdict   none, the analysis is ${state}${trouble}`];
  const { evidence } = verdict;
  return [
    `Verdict   ${verdict.verdict.toUpperCase()} (${verdict.subVerdict.replaceAll('_', ' ')}), by the rule ${evidence.rule}`,
    ...evidence.reasons.map((reason) => `  ${safeText(reason)}`),
    ...formatFamilies(verdict),
    ...evidence.problems.slice(0, MOST).map((one) => `  not read: ${safeText(one)}`),
  ];
}

function formatServer(server: ServerAnswer | null): string[] {
  if (server === null) return ['Verdict   none: no server was asked'];
  const { artifact, url, refusal, sent } = server;
  if (artifact === null) return [`Verdict   none: ${url} did not take the bytes: ${safeText(refusal ?? '')}`];
  return [...formatArtifact(artifact), `Asked     ${url}, which ${sent ? 'got the bytes' : 'had the bytes'}`];
}

function formatOf({ format, layout, instructionSet }: LocalAnalysis): string {
  if (instructionSet === null && format === 'raw') return 'no executable image; --layout raw takes bytes as bare code';
  return `${format} (${layout}), ${instructionSet ?? 'an instruction set that is not supported'}`;
}

/** For people, without the newline at its end. */
export function formatAnalysis(path: string, one: Analysis): string {
  const rows = [
    ['File', safeText(path)],
    ['SHA-256', one.sha256],
    ['Format', formatOf(one)],
    ['Code', `${one.codeBytes} bytes, ${one.instructions} instructions, ${one.functions} functions`],
    ['Genes', `${one.genes} distinct in ${one.blocks} blocks (scheme ${one.scheme})`],
  ];
  const problems = one.problems
    .slice(0, MOST)
    .map((problem) => `  ${safeText(problem.code, 60)}: ${safeText(problem.message)}`);
  return [
    formatTable(rows),
    ...(problems.length > 0 ? ['Problems', ...problems] : []),
    ...formatServer(one.server),
  ].join('\n');
}
