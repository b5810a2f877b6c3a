import { decodeGeneSet, type GeneSet, sortPairs } from '@genehound/genes';
import { inTransaction, type Tx } from '../../platform/database.ts';
import { changedGenes } from '../genome/read.ts';
import { type ArtifactKey, findArtifact, findGenome } from './analysis-store.ts';
import { catchUpPostings } from './catch-up-postings.ts';
import { GeneFilter } from './gene-filter.ts';
import { ARTIFACT_JUDGED } from './jobs.ts';
import { type JudgeContext, judgeAndStore, type Tell } from './judge.ts';
import { fromRow, UNREAD, withoutGenome } from './material.ts';
import type { Postings } from './postings.ts';
import {
  beginRejudging,
  type ChangedVerdict,
  changedVerdicts,
  endRejudging,
  hasVerdicts,
  type JudgedRow,
  judgedAmong,
  namedBefore,
  type RejudgeRange,
  rejudgedUntil,
} from './rejudge-store.ts';
import { beginRetroHunt, type RetroHunt } from './retro-hunt-store.ts';

/** Changed genes that are searched for at once: 16 bytes each at most. */
const GENES_AT_ONCE = 16_000_000;
const SAMPLES_PER_QUERY = 64;
const ARTIFACTS_PER_QUERY = 256;
/** What is named is found by one question over all labels and signatures: asked once for each 256 it takes longer than judging. */
const NAMED_PER_QUERY = 20_000;
const ARTIFACTS_PER_JOB = 1_000;
/** Artifacts that are judged at the same time: while one waits for the database, another is weighed. */
const AT_ONCE = 6;

interface Change {
  readonly genes: GeneSet;
  readonly filter: GeneFilter;
}

function changeOf(sets: readonly GeneSet[]): Change {
  const pairs = new Uint32Array(2 * sets.reduce((sum, { high }) => sum + high.length, 0));
  let at = 0;
  for (const { high, low } of sets) {
    for (let i = 0; i < high.length; i++) {
      pairs[at++] = low[i] ?? 0;
      pairs[at++] = high[i] ?? 0;
    }
  }
  const genes = sortPairs(pairs);
  return { genes, filter: new GeneFilter([genes]) };
}

/** The genes that the labels of the range touch, in parts that fit into memory. */
async function* changes(context: JudgeContext, scope: string, range: RejudgeRange): AsyncGenerator<Change> {
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
    if (count > 0 && (count >= GENES_AT_ONCE || done)) {
      yield changeOf(sets);
      sets = [];
      count = 0;
    }
    if (done) return;
  }
}

/** Judges a stored artifact by what is known now. `tell` hears of the verdict. */
export async function again(context: JudgeContext, key: ArtifactKey, tell: Tell): Promise<void> {
  const artifact = await findArtifact(context.db, key);
  // Queued or running: its own analysis is still to come and will know more.
  if (artifact === null || artifact.state === 'queued' || artifact.state === 'running') return;
  const row = await findGenome(context.db, key);
  const genome = row === null ? withoutGenome(artifact.state, artifact.problem) : await fromRow(row);
  const material = artifact.stored ? genome : UNREAD;
  await judgeAndStore(context, key, material, tell);
}

/** Tells the scans of the artifacts whose verdict is another than before the range, in few jobs. */
async function tellChanged({ jobs }: JudgeContext, tx: Tx, scope: string, range: RejudgeRange): Promise<void> {
  const byOrganisation = new Map<string, ChangedVerdict[]>();
  for (const row of await changedVerdicts(tx, scope, range)) {
    const rows = byOrganisation.get(row.organisation);
    if (rows === undefined) byOrganisation.set(row.organisation, [row]);
    else rows.push(row);
  }
  for (const [organisation, rows] of byOrganisation) {
    for (let from = 0; from < rows.length; from += ARTIFACTS_PER_JOB) {
      const artifacts = rows.slice(from, from + ARTIFACTS_PER_JOB).map(({ sha256, layout }) => ({ sha256, layout }));
      await jobs.enqueue(tx, ARTIFACT_JUDGED, [{ organisation, artifacts }]);
    }
  }
}

/** Judges rows again, several at the same time. */
async function judgeRows(context: JudgeContext, rows: readonly JudgedRow[]): Promise<void> {
  const left = rows[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (const { organisation, sha256, layout } of left) {
      // The scans are told once of everything that changed, at the end.
      await again(context, { organisation, sha256, layout }, async () => undefined);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, rows.length) }, work));
}

/** What is to be judged again, in parts: what the changed labels name, then what has one of their genes. */
async function* touched(
  context: RejudgeContext,
  scope: string,
  range: RejudgeRange,
  hunt: RetroHunt,
): AsyncGenerator<readonly JudgedRow[]> {
  const { db, postings } = context;
  for (let behind = 0; ; ) {
    const rows = await namedBefore(db, scope, range, behind, NAMED_PER_QUERY);
    behind = rows.at(-1)?.number ?? behind;
    for (let from = 0; from < rows.length; from += ARTIFACTS_PER_QUERY)
      yield rows.slice(from, from + ARTIFACTS_PER_QUERY);
    if (rows.length < NAMED_PER_QUERY) break;
  }
  await catchUpPostings(db, postings);
  for await (const { genes, filter } of changes(context, scope, range)) {
    const candidates = await postings.search(genes);
    await hunt.found(genes.high.length, candidates.length);
    for (let from = 0; from < candidates.length; from += ARTIFACTS_PER_QUERY) {
      const numbers = Array.from(candidates.subarray(from, from + ARTIFACTS_PER_QUERY));
      const rows = await judgedAmong(db, scope, range.until, numbers);
      // Postings keep a part of each gene; the artifact's own set decides.
      yield rows.filter((row) => row.genes !== null && filter.hasAny(decodeGeneSet(row.genes)));
      await hunt.searched(numbers.length);
    }
  }
}

export type RejudgeContext = JudgeContext & { readonly postings: Postings };

/**
 * Judges again what the changes of a scope concern, and only that: artifacts that have one of the genes of the
 * labels that changed, or are named by them. Exact, bounded in memory; cut off, it goes on from what is judged. Returns
 * the number of artifacts that were judged.
 */
export async function rejudge(context: RejudgeContext, scope: string): Promise<number> {
  const { db, knowledge } = context;
  await knowledge.catchUp(scope);
  const { generation: until } = await knowledge.indexState(scope);
  const range = { after: await rejudgedUntil(db, scope), until };
  if (range.after >= until) return 0;
  await beginRejudging(db, scope, until);
  const hunt = await beginRetroHunt(db, scope, range);
  let judged = 0;
  if (await hasVerdicts(db, scope)) {
    for await (const rows of touched(context, scope, range, hunt)) {
      await judgeRows(context, rows);
      await hunt.judged(rows.length);
      judged += rows.length;
    }
  }
  await inTransaction(db, async (tx) => {
    await tellChanged(context, tx, scope, range);
    await hunt.end(tx);
    await endRejudging(tx, scope, until);
  });
  return judged;
}
