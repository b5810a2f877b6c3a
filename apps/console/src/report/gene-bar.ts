import type { Evidence, FamilyShare } from '@genehound/contract';

export type BarPart = 'malicious' | 'tool' | 'trusted' | 'none' | 'common';

export interface Segment {
  readonly part: BarPart;
  readonly genes: number;
  /** Of all genes, the common ones included: 0..1. */
  readonly share: number;
}

const MALICIOUS: ReadonlySet<FamilyShare['type']> = new Set(['malware', 'malicious_packer']);
const TOOLS: ReadonlySet<FamilyShare['type']> = new Set(['administration_tool', 'packer']);

/**
 * The genes of an artifact as parts that do not overlap. Families do overlap, so it is not made of their shares:
 * trusted genes, genes in no family and common genes are counted apart in the evidence, and what is left lies in
 * families that are not trusted. Where malicious families and tools both have a part, it is shown as malicious.
 */
export function barSegments(evidence: Evidence): readonly Segment[] {
  const genes = Math.max(0, evidence.geneCount);
  const common = Math.max(0, evidence.commonGenes);
  const all = genes + common;
  if (all === 0) return [];
  const trusted = Math.min(genes, Math.round(Math.max(0, evidence.trustedShare) * genes));
  const none = Math.min(genes - trusted, Math.max(0, evidence.uniqueGenes));
  const rest = genes - trusted - none;
  const malicious = evidence.families.some((family) => MALICIOUS.has(family.type));
  const parts: readonly (readonly [BarPart, number])[] = [
    [malicious ? 'malicious' : 'tool', rest],
    ['trusted', trusted],
    ['none', none],
    ['common', common],
  ];
  return parts.filter(([, count]) => count > 0).map(([part, count]) => ({ part, genes: count, share: count / all }));
}

/** Under which part of the bar a family's own share is coloured. */
export function partOf(type: FamilyShare['type']): BarPart {
  if (MALICIOUS.has(type)) return 'malicious';
  return TOOLS.has(type) ? 'tool' : 'trusted';
}
