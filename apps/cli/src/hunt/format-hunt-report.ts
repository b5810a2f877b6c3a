import type { HuntReport } from '@genehound/contract';
import { safeText } from '../terminal/escape.ts';
import { formatScanReport } from '../terminal/scan-report.ts';
import type { Style } from '../terminal/style.ts';

const MOST = 10;

function listed(title: string, items: readonly string[], style: Style): string[] {
  if (items.length === 0) return [];
  const lines = [style.bold(title), ...items.slice(0, MOST).map((item) => `  ${safeText(item)}`)];
  if (items.length > MOST) lines.push(`  and ${items.length - MOST} more; --json has them all`);
  return lines;
}

/** The report of a hunt on this machine, for people, without the newline at its end. */
export function formatHuntReport(report: HuntReport, style: Style): string {
  const { genome } = report;
  const versions = genome.otherVersions.map(
    (one) => `${one.package}: ${one.installed} is installed, ${one.taken} was taken`,
  );
  const phases = Object.entries(report.phases).map(([name, seconds]) => `${name} ${seconds.toFixed(1)} s`);
  const sections = [
    [formatScanReport(report, style)],
    [`Genome     ${genome.families.toLocaleString('en-GB')} families, ${genome.genes.toLocaleString('en-GB')} genes`],
    listed('The archive no longer has the installed version of', versions, style),
    listed('Lacking', genome.lacking, style),
    [`Took       ${report.seconds.toFixed(1)} s: ${phases.join(', ')}`],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}
