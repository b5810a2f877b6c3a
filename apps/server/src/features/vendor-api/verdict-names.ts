import type { ArtifactVerdict, SubVerdict } from '@genehound/contract';

const UNSUPPORTED: ReadonlySet<SubVerdict> = new Set(['file_type_not_supported', 'non_native_code', 'corrupted_file']);

/** Our four verdicts, and the contract's name for what cannot be analysed. */
export function publicVerdictOf(judged: {
  readonly verdict: ArtifactVerdict;
  readonly subVerdict: SubVerdict;
}): string {
  return judged.verdict === 'unknown' && UNSUPPORTED.has(judged.subVerdict) ? 'not_supported' : judged.verdict;
}
