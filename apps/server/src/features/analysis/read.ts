import type { AnalysisState, Layout } from '@genehound/contract';
import type { ArtifactJudgement } from '@genehound/genes';
import type { Tx } from '../../platform/database.ts';
import type { Jobs } from '../../platform/jobs.ts';
import { type Generations, type StoredArtifact, storedArtifacts } from './analysis-store.ts';
import { ANALYSE } from './jobs.ts';
import { type JudgeContext, type SightedArtifact, weighSighted } from './judge.ts';
import { withoutGenome } from './material.ts';
import { PRIORITY, priorityOf } from './order-store.ts';

export type { CodeSigning } from './code-signing.ts';
/** What other features may ask of the analysis. */
export type { Explaining } from './explaining.ts';
export { ChildBroken } from './extraction/asking-child.ts';
export { LARGEST_CATALOG } from './extraction/authenticode/messages.ts';
export type { JudgeContext, SightedArtifact } from './judge.ts';
export { promote } from './order-store.ts';
export { signatureProblems } from './signature-store.ts';
export { hasVoucher, insertCatalog, openPairs, putSigners } from './signer-store.ts';

export function artifactKey(sha256: string, layout: Layout): string {
  return `${sha256}/${layout}`;
}

export interface SightedVerdict extends Generations {
  readonly state: AnalysisState;
  readonly problem: string | null;
  /** null while the analysis is not finished. */
  readonly judgement: ArtifactJudgement | null;
  /** The rules by which its stored verdict was made, where it has one. */
  readonly rules: number;
}

async function verdictOf(
  context: JudgeContext,
  organisation: string,
  item: SightedArtifact,
  stored: StoredArtifact,
): Promise<SightedVerdict> {
  const { state, problem, rules } = stored;
  const isOpen = state === 'queued' || state === 'running' || stored.judgement === null;
  if (isOpen || item.findings === undefined || item.findings.length === 0) return stored;
  const { verdict, subVerdict, evidence, ...generations } = await weighSighted(
    context,
    organisation,
    item,
    withoutGenome(state, problem),
  );
  return { state, problem, rules, judgement: { verdict, subVerdict, evidence }, ...generations };
}

/**
 * The verdicts of these artifacts by `artifactKey`, as they were seen: those with findings are judged anew, the
 * others as they are stored. An artifact that the organisation does not have is not in the answer.
 */
export async function verdictsOf(
  context: JudgeContext,
  organisation: string,
  items: readonly SightedArtifact[],
): Promise<ReadonlyMap<string, SightedVerdict>> {
  const hashes = [...new Set(items.map((item) => item.sha256))];
  const stored = new Map<string, StoredArtifact>();
  for (const row of await storedArtifacts(context.db, organisation, hashes)) {
    stored.set(artifactKey(row.sha256, row.layout), row);
  }
  const result = new Map<string, SightedVerdict>();
  for (const item of items) {
    const key = artifactKey(item.sha256, item.layout);
    const row = stored.get(key);
    if (row !== undefined) result.set(key, await verdictOf(context, organisation, item, row));
  }
  return result;
}

/** Asks for the analysis of artifacts whose rows are there; again for one that is analysed is harmless. */
export async function enqueueArtifacts(
  context: { readonly jobs: Jobs },
  tx: Tx,
  organisation: string,
  items: readonly { readonly sha256: string; readonly layout: Layout }[],
  asked: 'by hand' | 'by a scan',
): Promise<void> {
  for (const layout of new Set(items.map((item) => item.layout))) {
    const orders = items
      .filter((item) => item.layout === layout)
      .map(({ sha256 }) => ({ organisation, sha256, layout }));
    await context.jobs.enqueue(tx, ANALYSE, orders, asked === 'by hand' ? PRIORITY.asked : priorityOf(layout));
  }
}
