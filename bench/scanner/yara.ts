import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cost, measure } from './measure.ts';

/**
 * What YARA costs over the same processes: a hundred rules of three strings that match nothing, as a small set of
 * signatures for memory has them.
 */

export function hasYara(): boolean {
  return spawnSync('yara', ['--version']).status === 0;
}

function writeRules(path: string): void {
  const rules = Array.from({ length: 100 }, (_, i) => {
    const hex = (bytes: number): string => randomBytes(bytes).toString('hex').toUpperCase();
    return `rule r${i} { strings: $a = { ${hex(8)} } $b = "${hex(6)}" $c = { ${hex(4)} ?? ${hex(4)} } condition: any of them }`;
  });
  writeFileSync(path, rules.join('\n'));
}

/** One run over every process, and the peak of the largest single one. */
export async function measureYara(folder: string, pids: readonly number[], largest: number): Promise<Cost> {
  const rules = join(folder, 'rules.yar');
  const compiled = join(folder, 'rules.yarc');
  writeRules(rules);
  spawnSync('yarac', [rules, compiled]);
  // The shell's account holds its children's; it stays a moment so that the last look sees them all.
  const loop = `rules=$1; shift; for pid; do yara -C "$rules" "$pid"; done; sleep 0.1`;
  const all = await measure('sh', ['-c', loop, 'sh', compiled, ...pids.map(String)]);
  const one = await measure('yara', ['-C', compiled, String(largest)]);
  return { ...all, peakMiB: one.peakMiB };
}
