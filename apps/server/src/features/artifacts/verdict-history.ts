import { type Answer, AppError, type Layout, SUB_VERDICTS, type VerdictChange } from '@genehound/contract';
import type { Context } from '../../platform/context.ts';
import { findArtifact, type JudgedRow, verdictHistory } from './store.ts';

const MOST = 100;
const MOST_REASONS = 20;

/** What of what a verdict rests on is other than at the one before it; the most far-reaching first. */
function because(row: JudgedRow, before: JudgedRow | undefined): VerdictChange {
  if (before === undefined) return 'first';
  if (row.scheme !== before.scheme) return 'scheme';
  if (row.rules !== before.rules) return 'rules';
  // Each decision of an organisation advances its own generation alone, so that it is named where both moved.
  if (row.organisationGeneration !== before.organisationGeneration) return 'own_knowledge';
  return row.globalGeneration === before.globalGeneration ? 'scans' : 'knowledge';
}

/** AppError not_found. */
export async function historyOf(
  { db }: Context,
  organisation: string,
  sha256: string,
  layout: Layout,
): Promise<Answer<'listVerdictHistory'>> {
  if ((await findArtifact(db, organisation, sha256, layout)) === null)
    throw new AppError('not_found', { what: 'The artifact' });
  const rows = await verdictHistory(db, organisation, sha256, layout, MOST + 1);
  return {
    items: rows.slice(0, MOST).map((row, at) => ({
      verdict: row.verdict,
      subVerdict: SUB_VERDICTS.find((one) => one === row.subVerdict) ?? row.verdict,
      reasons: (row.reasons ?? []).slice(0, MOST_REASONS),
      because: because(row, rows[at + 1]),
      judgedAt: row.judgedAt.toISOString(),
    })),
  };
}
