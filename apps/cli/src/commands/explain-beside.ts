import type { Answer } from '@genehound/contract';
import { safeText } from '../terminal/escape.ts';
import { formatTable } from '../terminal/table.ts';

/** Artifacts that share genes, as a table. */
export function relatedTable({ genes, items }: Answer<'listRelatedArtifacts'>): string {
  if (items.length === 0) return 'No other artifact shares genes with it';
  const rows = items.map((one) => [
    one.sha256,
    one.layout,
    `${one.sharedGenes} of ${genes}`,
    String(one.geneCount),
    one.verdict ?? '',
    safeText(one.families.join(', '), 60),
  ]);
  return formatTable([['SHA-256', 'LAYOUT', 'SHARED', 'ITS GENES', 'VERDICT', 'FAMILIES'], ...rows]);
}

/** Strings, those that a family has first. */
export function stringTable({ items, problems }: Answer<'listArtifactStrings'>): string {
  const rows = [...items]
    .sort((a, b) => b.families.length - a.families.length)
    .map(({ value, encoding, families }) => [safeText(families.join(', '), 40), encoding, safeText(value, 120)]);
  const said = problems.map((problem) => `${safeText(problem, 200)}\n`).join('');
  return said + formatTable([['FAMILIES', 'ENCODING', 'STRING'], ...rows]);
}
