import type { Answer } from '@genehound/contract';

type Report = Answer<'getScanReport'>;

export interface ProcessMarks {
  readonly notRead: Report['coverage']['processes']['notRead'];
  readonly findings: Report['findings'];
  readonly artifacts: Report['notTrusted'];
  readonly jitRegions: Report['jitRegions'];
}

interface Draft {
  notRead: Report['coverage']['processes']['notRead'];
  findings: Report['findings'];
  artifacts: Report['notTrusted'];
  jitRegions: Report['jitRegions'];
}

/** What a report says of each process, by process id. Without a report: of none. */
export function processMarks(report: Report | undefined): ReadonlyMap<number, ProcessMarks> {
  const marks = new Map<number, Draft>();
  const of = (pid: number): Draft => {
    const there = marks.get(pid) ?? { notRead: [], findings: [], artifacts: [], jitRegions: [] };
    marks.set(pid, there);
    return there;
  };
  if (report === undefined) return marks;
  for (const one of report.coverage.processes.notRead) of(one.pid).notRead.push(one);
  for (const one of report.findings) of(one.pid).findings.push(one);
  for (const one of report.jitRegions) of(one.pid).jitRegions.push(one);
  for (const artifact of report.notTrusted) {
    for (const pid of new Set(artifact.processes.map((process) => process.pid))) of(pid).artifacts.push(artifact);
  }
  return marks;
}
