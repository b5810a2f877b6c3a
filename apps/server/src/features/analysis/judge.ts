import { GLOBAL_ORGANISATION, type Layout } from '@genehound/contract';
import {
  type ArtifactFinding,
  type ArtifactInput,
  type ArtifactJudgement,
  judgeArtifact,
  namedFamilies,
} from '@genehound/genes';
import { type Database, inTransaction, type Tx } from '../../platform/database.ts';
import type { Jobs } from '../../platform/jobs.ts';
import { ACTIVATE_LABELS } from '../genome/jobs.ts';
import {
  type HashLabels,
  hashLabels,
  type Knowledge,
  NO_HASH_LABELS,
  raiseConflict,
  resolveConflicts,
} from '../genome/read.ts';
import { trustedSignature } from '../publishers/read.ts';
import {
  type ArtifactKey,
  findGenome,
  type Generations,
  isAwaited,
  lockRejudging,
  putVerdict,
  type ReplacedVerdict,
  setState,
  type VerdictRow,
} from './analysis-store.ts';
import { ARTIFACT_JUDGED } from './jobs.ts';
import { fromRow, type Material, NOT_READ, problemOf } from './material.ts';
import { signatureHits } from './signature-store.ts';

/** Changes of knowledge that may overtake one verdict before it is given up and its job tried again. */
const OVERTAKEN = 10;

const NOTHING = { high: new Uint32Array(0), low: new Uint32Array(0) };

export interface JudgeContext {
  readonly db: Database;
  readonly jobs: Jobs;
  readonly knowledge: Knowledge;
}

interface Weighed extends VerdictRow {
  /** What it was weighed as. */
  readonly material: Material;
  /** An acquittal by genes that this verdict overrules. */
  readonly overruled: string | null;
}

/**
 * An acquittal by genes trusts code that nothing speaks against. Where knowledge that came later calls the code
 * malicious, that is the verdict, and the acquittal is in conflict with it.
 */
function judge(
  input: Omit<ArtifactInput, 'organisationLabel' | 'globalLabel'>,
  { organisation, global, acquittal }: HashLabels,
): { readonly judgement: ArtifactJudgement; readonly overruled: string | null } {
  const judgement = judgeArtifact({ ...input, organisationLabel: organisation, globalLabel: global });
  if (acquittal === null || judgement.verdict !== 'trusted') return { judgement, overruled: null };
  const without = judgeArtifact({ ...input, organisationLabel: null, globalLabel: global });
  return without.verdict === 'malicious'
    ? { judgement: without, overruled: acquittal }
    : { judgement, overruled: null };
}

/** The verdict that today's knowledge gives, not stored. */
async function weigh(
  { db, knowledge }: JudgeContext,
  key: ArtifactKey,
  given: Material,
  findings: readonly ArtifactFinding[],
): Promise<Weighed> {
  const { labels, ...generations } = await knowledge.labelsOf(key.organisation, given.genes ?? NOTHING);
  const named = (await hashLabels(db, key.organisation, [key])).get(`${key.sha256}/${key.layout}`) ?? NO_HASH_LABELS;
  const isNamed = named.organisation !== null || named.global !== null;
  const material = given.unread === true && !isNamed ? NOT_READ : given;
  const { state, problems, genome } = material;
  const signatures = await signatureHits(db, key);
  const publisher = key.layout === 'file' ? await trustedSignature(db, key.organisation, key.sha256) : null;
  const known = material.genes === null ? null : labels;
  const input = { state, problems, genome, labels: known, findings, signatures, publisher };
  return { ...judge(input, named), material, ...generations };
}

/** In the transaction that stores a verdict: who is to hear of it. `before` where it took the place of another one. */
export type Tell = (tx: Tx, key: ArtifactKey, verdict: VerdictRow, before: ReplacedVerdict | null) => Promise<void>;

/** Tells the scans that wait for the artifact. */
export function tellScans({ jobs }: JudgeContext): Tell {
  return (tx, { organisation, sha256, layout }) =>
    jobs.enqueue(tx, ARTIFACT_JUDGED, [{ organisation, artifacts: [{ sha256, layout }] }]);
}

/** Judges and stores; tells of it, and lets the labels speak that wait for the artifact. */
export async function judgeAndStore(
  context: JudgeContext,
  key: ArtifactKey,
  material: Material,
  tell: Tell,
): Promise<void> {
  for (let overtaken = 0; overtaken < OVERTAKEN; overtaken += 1) {
    const verdict = await weigh(context, key, material, []);
    if (await store(context, key, verdict, tell)) return;
  }
  throw new Error('Knowledge changed faster than the artifact could be judged');
}

/** False where a re-judging has begun that would miss this verdict: it must be made with what is known by now. */
async function store(context: JudgeContext, key: ArtifactKey, verdict: Weighed, tell: Tell): Promise<boolean> {
  const { db, jobs } = context;
  const { organisation } = key;
  return await inTransaction(db, async (tx) => {
    const rejudging = await lockRejudging(tx, [GLOBAL_ORGANISATION, organisation]);
    if ((rejudging.get(GLOBAL_ORGANISATION) ?? 0) > verdict.globalGeneration) return false;
    if ((rejudging.get(organisation) ?? 0) > verdict.organisationGeneration) return false;
    const before = await putVerdict(tx, key, verdict);
    await setState(tx, key, verdict.material.state, problemOf(verdict.material));
    await resolveConflicts(tx, organisation, key, verdict.overruled);
    if (verdict.overruled !== null)
      await raiseConflict(tx, organisation, verdict.overruled, namedFamilies(verdict.judgement));
    await tell(tx, key, verdict, before);
    if (await isAwaited(tx, key)) await jobs.enqueue(tx, ACTIVATE_LABELS, [{ scope: organisation }]);
    return true;
  });
}

export interface SightedArtifact {
  readonly sha256: string;
  readonly layout: Layout;
  /** How it stood where it was seen; without any, the stored verdict holds. */
  readonly findings?: readonly ArtifactFinding[];
}

/** The verdict of an artifact with the findings of one scan: its stored genome, today's knowledge. */
export async function weighSighted(
  context: JudgeContext,
  organisation: string,
  { sha256, layout, findings = [] }: SightedArtifact,
  unread: Material,
): Promise<ArtifactJudgement & Generations> {
  const key = { organisation, sha256, layout };
  const row = await findGenome(context.db, key);
  const { judgement, globalGeneration, organisationGeneration } = await weigh(
    context,
    key,
    row === null ? unread : await fromRow(row),
    findings,
  );
  return { ...judgement, globalGeneration, organisationGeneration };
}
