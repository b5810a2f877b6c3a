import { decodeGeneSet, type GeneSet } from '@genehound/genes';
import { inTransaction, type Tx } from '../../platform/database.ts';
import { changedGenes } from '../genome/read.ts';
import { findArtifact, findGenome } from './analysis-store.ts';
import { GeneFilter } from './gene-filter.ts';
import { ARTIFACT_JUDGED } from './jobs.ts';
import { type JudgeContext, judgeAndStore } from './judge.ts';
import { fromRow, UNREAD, withoutGenome } from './material.ts';
import {
  beginRejudging,
  type ChangedVerdict,
  changedVerdicts,
  endRejudging,
  hasVerdicts,
  type JudgedRow,
  judgedBefore,
  type RejudgeRange,
  rejudgedUntil,
} from './rejudge-store.ts';

/** Changed genes that are searched for at once: 16 bytes each at most. */
const GENES_AT_ONCE = 16_000_000;
const SAMPLES_PER_QUERY = 64;
const ARTIFACTS_PER_QUERY = 256;
const ARTIFACTS_PER_JOB = 1_000;

/** The genes that the labels of the range touch, in parts that fit into memory. */
async function* changes(context: JudgeContext, scope: string, range: RejudgeRange): AsyncGenerator<GeneFilter> {
  let sets: GeneSet[] = [];
  let count = 0;
  for (let behind = 0; ; ) {
    const rows = await changedGenes(context.db, scope, range, behind, SAMPLES_PER_QUERY);
    for (const { sequence, genes } of rows) {
      behind = sequence;
      if (genes === null) continue;
      const set = decodeGeneSet(genes);
      sets.push(set);
      count += set.high.length;
    }
    const done = rows.length < SAMPLES_PER_QUERY;
    if (count >= GENES_AT_ONCE || done) {
      yield new GeneFilter(sets);
      sets = [];
      count = 0;
    }
    if (done) return;
  }
}

async function again(context: JudgeContext, { organisation, sha256, layout }: JudgedRow): Promise<void> {
  const key = { organisation, sha256, layout };
  const artifact = await findArtifact(context.db, key);
  // Queued or running: its own analysis is still to come and will know more.
  if (artifact === null || artifact.state === 'queued' || artifact.state === 'running') return;
  const row = await findGenome(context.db, key);
  const genome = row === null ? withoutGenome(artifact.state, artifact.problem) : await fromRow(row);
  const material = artifact.stored ? genome : UNREAD;
  // The scans are told once of everything that changed, at the end.
  await judgeAndStore(context, key, material, async () => undefined);
}

/** Tells the scans of the artifacts whose verdict is another than before the range, in few jobs. */
async function tellChanged({ jobs }: JudgeContext, tx: Tx, scope: string, range: RejudgeRange): Promise<void> {
  const byOrganisation = new Map<string, ChangedVerdict[]>();
  for (const row of await changedVerdicts(tx, scope, range)) {
    byOrganisation.set(row.organisation, [...(byOrganisation.get(row.organisation) ?? []), row]);
  }
  for (const [organisation, rows] of byOrganisation) {
    for (let from = 0; from < rows.length; from += ARTIFACTS_PER_JOB) {
      const artifacts = rows.slice(from, from + ARTIFACTS_PER_JOB).map(({ sha256, layout }) => ({ sha256, layout }));
      await jobs.enqueue(tx, ARTIFACT_JUDGED, [{ organisation, artifacts }]);
    }
  }
}

/**
 * Judges again what the changes of a scope concern, and only that: artifacts that have one of the genes of the
 * labels that changed, or are named by them. Searches the stored gene sets one after another; exact, and bounded in
 * memory. Returns the number of artifacts that were judged.
 */
export async function rejudge(context: JudgeContext, scope: string): Promise<number> {
  const { db, knowledge } = context;
  await knowledge.catchUp(scope);
  const { generation: until } = await knowledge.indexState(scope);
  const range = { after: await rejudgedUntil(db, scope), until };
  if (range.after >= until) return 0;
  await beginRejudging(db, scope, until);
  let judged = 0;
  if (await hasVerdicts(db, scope)) {
    for await (const filter of changes(context, scope, range))
      judged += await rejudgeTouched(context, scope, range, filter);
  }
  await inTransaction(db, async (tx) => {
    await tellChanged(context, tx, scope, range);
    await endRejudging(tx, scope, until);
  });
  return judged;
}

async function rejudgeTouched(
  context: JudgeContext,
  scope: string,
  range: RejudgeRange,
  filter: GeneFilter,
): Promise<number> {
  let judged = 0;
  for (let behind = 0; ; ) {
    const rows = await judgedBefore(context.db, scope, range, behind, ARTIFACTS_PER_QUERY);
    for (const row of rows) {
      behind = row.number;
      const touched = row.named || (row.genes !== null && filter.hasAny(decodeGeneSet(row.genes)));
      if (!touched) continue;
      await again(context, row);
      judged += 1;
    }
    if (rows.length < ARTIFACTS_PER_QUERY) return judged;
  }
}
