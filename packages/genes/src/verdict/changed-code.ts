import type { Genome } from '../genome.ts';
import type { ArtifactFinding, Change, GeneLabels } from './artifact-input.ts';
import { NO_LABELS, standingOf } from './label-set.ts';
import { findGene } from './sorted-genes.ts';
import type { Selection } from './tally.ts';

/** Findings that say "these bytes of a known module were changed": the rest of the module proves nothing. */
export function isLocalChange(finding: ArtifactFinding): boolean {
  return finding.kind === 'patched' || finding.kind === 'hooked';
}

/** Sorted, merged changes, for a binary search. */
function merged(changes: readonly Change[]): { readonly from: number; readonly to: number }[] {
  const sorted = changes
    .filter((change) => change.size > 0)
    .map((change) => ({ from: change.rva, to: change.rva + change.size }))
    .sort((a, b) => a.from - b.from);
  const result: { from: number; to: number }[] = [];
  for (const range of sorted) {
    const last = result.at(-1);
    if (last !== undefined && range.from <= last.to) last.to = Math.max(last.to, range.to);
    else result.push({ ...range });
  }
  return result;
}

/** Blocks and functions that hold at least one changed byte. */
export function changedSelection(genome: Genome, findings: readonly ArtifactFinding[]): Selection {
  const ranges = merged(findings.filter(isLocalChange).flatMap((finding) => finding.changes));
  const touched = (from: number, to: number): boolean => {
    let low = 0;
    let high = ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ranges[middle]?.to ?? 0) > from) high = middle;
      else low = middle + 1;
    }
    return (ranges[low]?.from ?? Number.POSITIVE_INFINITY) < to;
  };
  const rangeOf = (starts: Uint32Array, sizes: Uint32Array, index: number): [number, number] => {
    const start = starts[index] ?? 0;
    return [start, start + (sizes[index] ?? 0)];
  };
  return {
    block: (index) => touched(...rangeOf(genome.blockRva, genome.blockSize, index)),
    func: (index) => touched(...rangeOf(genome.functionRva, genome.functionSize, index)),
  };
}

function isTrusted(labels: GeneLabels, high: number, low: number): boolean {
  const at = findGene(labels.genes, high, low);
  return at >= 0 && standingOf(labels.sets[labels.set[at] ?? 0] ?? NO_LABELS) === 'trusted';
}

/**
 * True where every changed byte lies in a block whose *exact* gene only trusted families have, or in a function
 * whose hash only they have. Fuzzy genes forget registers, and one register can be the attack; a changed byte
 * outside of every gene proves nothing and is not excused.
 */
export function changeIsTrusted(genome: Genome, labels: GeneLabels, changes: readonly Change[]): boolean {
  const trusted: { from: number; to: number }[] = [];
  const keep = (from: number, size: number): void => {
    trusted.push({ from, to: from + size });
  };
  const selection = changedSelection(genome, [{ kind: 'patched', changes, leadsToTrusted: false }]);
  for (let i = 0; i < genome.blockRva.length; i++) {
    if (selection.block(i) && isTrusted(labels, genome.exactHigh[i] ?? 0, genome.exactLow[i] ?? 0)) {
      keep(genome.blockRva[i] ?? 0, genome.blockSize[i] ?? 0);
    }
  }
  for (let i = 0; i < genome.functionRva.length; i++) {
    if (selection.func(i) && isTrusted(labels, genome.functionHigh[i] ?? 0, genome.functionLow[i] ?? 0)) {
      keep(genome.functionRva[i] ?? 0, genome.functionSize[i] ?? 0);
    }
  }
  const cover = merged(trusted.map(({ from, to }) => ({ rva: from, size: to - from })));
  const ranges = merged(changes);
  return (
    ranges.length > 0 && ranges.every((range) => cover.some((part) => part.from <= range.from && range.to <= part.to))
  );
}
