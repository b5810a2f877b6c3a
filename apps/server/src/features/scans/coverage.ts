import {
  type CoverageInfo,
  INCOMPLETE_REASONS,
  type NotReadReason,
  type ProcessCoverage,
  type ScanReport,
} from '@genehound/contract';
import type { ScanDocument } from './document.ts';

type NotRead = ScanReport['coverage']['processes']['notRead'][number];

/** Something that went wrong on the way from the endpoint to the verdict. */
export interface ScanProblem {
  readonly code: string;
  readonly message: string;
}

const makesIncomplete = (reason: NotReadReason): boolean => INCOMPLETE_REASONS.includes(reason);

/** Why a process was not read, the worse reason first: one that makes a scan incomplete before one that does not. */
function reasonOf(process: ProcessCoverage): { reason: NotReadReason; details: string | null } {
  const given = process.reason === undefined ? [] : [{ reason: process.reason, details: process.details ?? null }];
  const checks = process.checks.flatMap((check) =>
    check.state === 'done'
      ? []
      : [{ reason: check.reason ?? 'internal', details: `${check.check}: ${check.details ?? check.state}` }],
  );
  const all = [...given, ...checks];
  return all.find(({ reason }) => makesIncomplete(reason)) ?? all[0] ?? { reason: 'internal', details: null };
}

function notReadOf(coverage: CoverageInfo, paths: ReadonlyMap<number, string | null>): readonly NotRead[] {
  return coverage.processes
    .filter((process) => !process.read)
    .map((process) => {
      const { reason, details } = reasonOf(process);
      return {
        pid: process.pid,
        path: paths.get(process.pid) ?? null,
        reason,
        details,
        incomplete: makesIncomplete(reason),
      };
    });
}

export interface Coverage {
  readonly report: ScanReport['coverage'];
  /** For the scan's verdict: how often something readable was not read, by reason. */
  readonly notRead: readonly { readonly reason: NotReadReason; readonly count: number }[];
}

/**
 * What was read and what was not, as the scanner says. A client that does not say is "not reported", which is never
 * the same as complete.
 */
export function coverageOf(
  document: ScanDocument,
  paths: ReadonlyMap<number, string | null>,
  problems: readonly ScanProblem[],
): Coverage {
  const { coverage } = document;
  const notRead = coverage === null ? [] : notReadOf(coverage, paths);
  const counts = new Map<NotReadReason, number>();
  for (const { reason, incomplete } of notRead) if (incomplete) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const told = (coverage?.problems ?? []).map((problem) => {
    const where = [problem.pid === undefined ? null : `process ${problem.pid}`, problem.path ?? null].filter(
      (part) => part !== null,
    );
    return {
      code: problem.code,
      message: where.length === 0 ? problem.message : `${problem.message} (${where.join(', ')})`,
    };
  });
  return {
    report: {
      reported: coverage !== null,
      // A client may call a scan complete and list what it missed; the list counts.
      complete: coverage?.complete === true && !coverage.problems.some(({ code }) => makesIncomplete(code)),
      processes: {
        seen: coverage === null ? document.processes.length : coverage.processes.length,
        read: coverage === null ? 0 : coverage.processes.filter((process) => process.read).length,
        notRead: [...notRead],
      },
      problems: [...told, ...problems],
    },
    notRead: [...counts].map(([reason, count]) => ({ reason, count })),
  };
}
