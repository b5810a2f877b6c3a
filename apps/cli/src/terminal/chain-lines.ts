import type { OriginLink, OriginStage, ScanReport } from '@genehound/contract';
import { safeText } from './escape.ts';
import type { Style } from './style.ts';

type Chain = NonNullable<ScanReport['chains']>[number];

/** Chains that are printed; --json has all. */
const MOST_CHAINS = 20;

function stageText({ kind, name, pid }: OriginStage): string {
  const of = pid === null ? '' : kind === 'process' ? ` (${pid})` : ` of process ${pid}`;
  return `${kind} ${safeText(name, 200)}${of}`;
}

function linkLine(link: OriginLink, style: Style): string {
  const certainty = link.certainty === 'seen' ? '' : `  ${style.bold('inferred')}: ${safeText(link.why)}`;
  return `    -> ${stageText(link.to)}${certainty}`;
}

function chainLines(chain: Chain, style: Style): readonly string[] {
  const [first] = chain.links;
  if (first === undefined) return [];
  const families = chain.families.map((name) => safeText(name, 100)).join(', ');
  const others =
    chain.alternatives === 0 ? [] : [`    ${chain.alternatives} other processes may as well have been the source`];
  return [
    `  ${chain.verdict.toUpperCase()} ${chain.layout} ${chain.sha256}${families === '' ? '' : `  ${families}`}`,
    `    ${stageText(first.from)}`,
    ...chain.links.map((link) => linkLine(link, style)),
    ...others,
  ];
}

/** Code that came by way of another process, stage by stage; what nobody saw is said to be inferred. */
export function chainSection(report: ScanReport, style: Style): string[] {
  const chains = report.chains ?? [];
  if (chains.length === 0) return [];
  const rest = chains.length - MOST_CHAINS;
  return [
    style.bold('How it got there'),
    ...chains.slice(0, MOST_CHAINS).flatMap((chain) => chainLines(chain, style)),
    ...(rest > 0 ? [`  and ${rest} more; --json has them all`] : []),
  ];
}
