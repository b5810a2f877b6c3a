import { RULES } from '@genehound/genes';
import type { Log } from '@genehound/intake';
import { inTransaction } from '../../platform/database.ts';
import { fault } from '../../platform/fault.ts';
import type { CodeSigning } from './code-signing.ts';
import { RULES_JUDGED } from './jobs.ts';
import type { JudgeContext, Tell } from './judge.ts';
import { again } from './rejudge.ts';
import { beginRulesHunt, endRulesHunt, hasOlder, judgedByOlder, noteChange, noteSearched } from './rules-store.ts';

const ARTIFACTS_PER_QUERY = 256;

export interface RulesRun {
  /** Artifacts that were judged again. */
  readonly judged: number;
  /** Artifacts that could not be, and keep the verdict of older rules. */
  readonly failed: number;
}

/**
 * Judges every stored artifact again that older rules judged, one at a time so that new ones hardly wait; then has the
 * scans judged. Cut off, it goes on where it was, for each verdict says which rules made it. What cannot be judged is
 * logged and keeps its verdict: one damaged genome is not to keep all others from theirs.
 */
export async function rejudgeByRules(
  context: JudgeContext & { readonly log: Log; readonly signing: CodeSigning },
): Promise<RulesRun> {
  const { db, jobs, log, signing } = context;
  if (!(await hasOlder(db, RULES))) return { judged: 0, failed: 0 };
  const hunt = await beginRulesHunt(db, RULES);
  const tell: Tell = async (tx, key, verdict, before) => {
    if (before !== null) await noteChange(tx, hunt, key, verdict, before);
  };
  let judged = 0;
  let failed = 0;
  for (let behind = 0; ; ) {
    const rows = await judgedByOlder(db, RULES, behind, ARTIFACTS_PER_QUERY);
    for (const { number, size, ...key } of rows) {
      behind = number;
      try {
        // What an earlier release did not look at.
        await signing.examine(key, size);
        await again(context, key, tell);
        judged += 1;
      } catch (error) {
        failed += 1;
        log.error({ err: error, ...key }, 'an artifact could not be judged by the rules of this release');
      }
      fault('analysis:between-rejudged');
    }
    await noteSearched(db, hunt, rows.length);
    if (rows.length < ARTIFACTS_PER_QUERY) break;
  }
  await inTransaction(db, async (tx) => {
    await jobs.enqueue(tx, RULES_JUDGED, [{ rules: RULES }]);
    await endRulesHunt(tx, hunt);
  });
  return { judged, failed };
}
