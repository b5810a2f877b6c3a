/** A share with its 95 % interval (exact, Clopper and Pearson), all of it 0..1. */
export interface Share {
  readonly hits: number;
  readonly total: number;
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/** log of n over k; exact enough by Stirling's series for any count that a bench reaches. */
function logFactorial(n: number): number {
  if (n < 20) {
    let sum = 0;
    for (let i = 2; i <= n; i++) sum += Math.log(i);
    return sum;
  }
  return n * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI * n) + 1 / (12 * n) - 1 / (360 * n ** 3);
}

/** P(X <= hits) for X binomial(total, p). */
function atMost(hits: number, total: number, p: number): number {
  if (p <= 0) return 1;
  if (p >= 1) return hits >= total ? 1 : 0;
  let sum = 0;
  for (let k = 0; k <= hits; k++) {
    const log = logFactorial(total) - logFactorial(k) - logFactorial(total - k);
    sum += Math.exp(log + k * Math.log(p) + (total - k) * Math.log1p(-p));
  }
  return Math.min(1, sum);
}

function solve(above: (p: number) => boolean): number {
  let low = 0;
  let high = 1;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (above(middle)) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}

const TAIL = 0.025;

export function shareOf(hits: number, total: number): Share {
  if (total === 0) return { hits, total, share: 0, low: 0, high: 1 };
  const misses = total - hits;
  const low = hits === 0 ? 0 : solve((p) => 1 - atMost(hits - 1, total, p) >= TAIL);
  const high = misses === 0 ? 1 : 1 - solve((q) => 1 - atMost(misses - 1, total, q) >= TAIL);
  return { hits, total, share: hits / total, low, high };
}

export function showShare({ hits, total, share, low, high }: Share): string {
  const percent = (value: number): string => `${(100 * value).toFixed(value > 0 && value < 0.01 ? 3 : 1)} %`;
  return `${percent(share)} (${hits} of ${total}; 95 % interval ${percent(low)} to ${percent(high)})`;
}
