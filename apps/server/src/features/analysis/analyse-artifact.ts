import { GLOBAL_ORGANISATION } from '@genehound/contract';
import type { BlobStore } from '@genehound/intake';
import { inTransaction } from '../../platform/database.ts';
import { fault } from '../../platform/fault.ts';
import { ACTIVATE_LABELS } from '../genome/jobs.ts';
import { type ArtifactKey, findArtifact, findGenome, insertGenome, isAwaited, setState } from './analysis-store.ts';
import type { CodeSigning } from './code-signing.ts';
import type { ExtractorPool } from './extraction/extractor-pool.ts';
import { type JudgeContext, judgeAndStore, tellScans } from './judge.ts';
import { fromRow, type Material, materialOf, problemOf, toRow, UNREAD, withoutGenome } from './material.ts';
import type { Signatures } from './signatures.ts';

export interface AnalysisContext extends JudgeContext {
  readonly blobs: BlobStore;
  readonly pool: ExtractorPool;
  readonly signatures: Signatures;
  readonly signing: CodeSigning;
}

/** Genes of the artifact: the stored ones, else extracted in a child and stored. */
async function materialFor(context: AnalysisContext, key: ArtifactKey, size: number): Promise<Material> {
  const row = await findGenome(context.db, key);
  if (row !== null) return await fromRow(row);
  const source = { size, open: () => context.blobs.get(key) };
  const outcome = await context.pool.extract(source, key.layout, key.organisation);
  if (outcome === null) return withoutGenome('failed', 'Its bytes are not in the store');
  if (outcome.kind === 'broken') return withoutGenome('failed', `Its analysis broke twice: ${outcome.reason}`);
  const genome = await toRow(outcome.extracted);
  await inTransaction(context.db, (tx) => insertGenome(tx, key, genome));
  fault('analysis:after-genome');
  return materialOf(outcome.extracted.genome, outcome.extracted.genes);
}

/** Samples of the global genome get no verdict: nobody has seen them anywhere. Their labels begin to speak. */
async function finishSample(context: AnalysisContext, key: ArtifactKey, material: Material): Promise<void> {
  await inTransaction(context.db, async (tx) => {
    await setState(tx, key, material.state, problemOf(material));
    if (await isAwaited(tx, key)) await context.jobs.enqueue(tx, ACTIVATE_LABELS, [{ scope: key.organisation }]);
  });
}

async function finish(context: AnalysisContext, key: ArtifactKey, material: Material): Promise<void> {
  if (key.organisation === GLOBAL_ORGANISATION) await finishSample(context, key, material);
  else await judgeAndStore(context, key, material, tellScans(context));
}

/** Analyses one artifact. Doing it again changes nothing but the time. */
export async function analyseArtifact(context: AnalysisContext, key: ArtifactKey): Promise<void> {
  const artifact = await findArtifact(context.db, key);
  if (artifact === null) return;
  if (artifact.stored && key.organisation !== GLOBAL_ORGANISATION) {
    await context.signatures.examine(key, artifact.size);
    await context.signing.examine(key, artifact.size);
  }
  // A file that a global label names has no bytes here: the label is its verdict.
  await finish(context, key, artifact.stored ? await materialFor(context, key, artifact.size) : UNREAD);
}

/** The last try failed: what waits for the artifact goes on without its genes. */
export async function giveUpArtifact(context: AnalysisContext, key: ArtifactKey, error: unknown): Promise<void> {
  const reason = error instanceof Error ? error.message : String(error);
  await finish(context, key, withoutGenome('failed', `Its analysis failed: ${reason}`.slice(0, 300)));
}
