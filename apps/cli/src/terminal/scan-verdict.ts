import type { PublicScanVerdict } from '@genehound/contract';

/** The glossary's words for what the public contract calls a scan's verdict. */
export function scanVerdictText(verdict: PublicScanVerdict): string {
  return verdict === 'malicious' ? 'infected' : verdict.replaceAll('_', ' ');
}
