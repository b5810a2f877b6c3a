import type { Answer } from '@genehound/contract';
import type { ScanFilter, ScansSearch } from '../search.ts';

type ScanSummary = Answer<'getScan'>;

/** Under which of the list's choices a scan falls; a failed scan falls under none. */
export function filterOf(scan: ScanSummary): ScanFilter | undefined {
  if (scan.state === 'receiving' || scan.state === 'analysing') return 'running';
  return scan.verdict ?? undefined;
}

/** Whether a scan is among what the address asks for. */
export function fits(scan: ScanSummary, search: ScansSearch): boolean {
  if (search.verdict !== undefined && filterOf(scan) !== search.verdict) return false;
  if (search.q === undefined) return true;
  const wanted = search.q.toLowerCase();
  return [scan.endpoint?.name ?? '', ...scan.families].some((one) => one.toLowerCase().includes(wanted));
}
