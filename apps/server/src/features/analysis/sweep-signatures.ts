import { findArtifact, findGenome } from './analysis-store.ts';
import { type JudgeContext, judgeAndStore, tellScans } from './judge.ts';
import { fromRow, withoutGenome } from './material.ts';
import { rulesVersion, unexamined } from './signature-store.ts';
import type { Signatures } from './signatures.ts';

const ARTIFACTS_PER_QUERY = 64;

/**
 * Runs today's rules over everything over which they did not run, and judges those again in which they find something
 * else. Goes on from where it stood. Answers how many artifacts were judged.
 */
export async function sweepSignatures(context: JudgeContext & { readonly signatures: Signatures }): Promise<number> {
  const { db, signatures } = context;
  let judged = 0;
  const version = await rulesVersion(db);
  for (let behind = 0; ; ) {
    const rows = await unexamined(db, version, behind, ARTIFACTS_PER_QUERY);
    for (const { number, size, ...key } of rows) {
      behind = number;
      if (!(await signatures.examine(key, size))) continue;
      const artifact = await findArtifact(db, key);
      if (artifact === null || artifact.state === 'queued' || artifact.state === 'running') continue;
      const row = await findGenome(db, key);
      const material = row === null ? withoutGenome(artifact.state, artifact.problem) : await fromRow(row);
      await judgeAndStore(context, key, material, tellScans(context));
      judged += 1;
    }
    if (rows.length < ARTIFACTS_PER_QUERY || signatures.off !== null) return judged;
  }
}
