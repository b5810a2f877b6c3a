import type { GeneSet } from '../gene-set.ts';
import type { Genome } from '../genome.ts';

/**
 * Sorts and makes distinct. `pairs` holds low, high, low, high … and is sorted in place; a gene of 0 is no gene.
 * BigUint64Array sorts natively without making a BigInt per gene; its byte order is the machine's, which is
 * little-endian on every platform that Node runs on.
 */
export function sortPairs(pairs: Uint32Array): GeneSet {
  new BigUint64Array(pairs.buffer, pairs.byteOffset, pairs.length >>> 1).sort();
  let count = 0;
  const high = new Uint32Array(pairs.length >>> 1);
  const low = new Uint32Array(pairs.length >>> 1);
  let lastHigh = 0;
  let lastLow = 0;
  for (let at = 0; at < pairs.length; at += 2) {
    const l = pairs[at] ?? 0;
    const h = pairs[at + 1] ?? 0;
    if (h === lastHigh && l === lastLow) continue;
    high[count] = h;
    low[count] = l;
    lastHigh = h;
    lastLow = l;
    count++;
  }
  return { high: high.slice(0, count), low: low.slice(0, count) };
}

/** The distinct genes of every form (fuzzy, exact, function hash), which share one space of hashes. */
export function allGenes(genome: Genome): GeneSet {
  const { fuzzyHigh, fuzzyLow, exactHigh, exactLow, functionHigh, functionLow } = genome;
  const forms: readonly (readonly [Uint32Array, Uint32Array])[] = [
    [fuzzyHigh, fuzzyLow],
    [exactHigh, exactLow],
    [functionHigh, functionLow],
  ];
  const total = forms.reduce((sum, [high]) => sum + high.length, 0);
  const pairs = new Uint32Array(2 * total);
  let at = 0;
  for (const [high, low] of forms) {
    for (let i = 0; i < high.length; i++) {
      pairs[at++] = low[i] ?? 0;
      pairs[at++] = high[i] ?? 0;
    }
  }
  return sortPairs(pairs);
}

/**
 * Index of a gene in `genes`, -1 where it is not. Hashes are uniform, so interpolation needs two or three steps;
 * the bound on its steps keeps hostile, uneven genes at a binary search.
 */
export function findGene(genes: GeneSet, high: number, low: number): number {
  const { high: highs, low: lows } = genes;
  let from = 0;
  let to = highs.length - 1;
  let guesses = 4;
  while (from <= to) {
    const first = highs[from] ?? 0;
    const last = highs[to] ?? 0;
    if (high < first || high > last) return -1;
    let middle = (from + to) >>> 1;
    if (guesses > 0 && last > first) {
      guesses--;
      middle = from + Math.floor(((high - first) / (last - first)) * (to - from));
    }
    const h = highs[middle] ?? 0;
    const l = lows[middle] ?? 0;
    if (h === high && l === low) return middle;
    if (h < high || (h === high && l < low)) from = middle + 1;
    else to = middle - 1;
  }
  return -1;
}
