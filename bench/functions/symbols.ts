import { spawnSync } from 'node:child_process';

/**
 * Addresses of functions by the file's own symbols, of which discovery sees nothing: FUNC with a size (ELF, by readelf), type
 * 20 (PE, by objdump; addresses of sections are relative to `base`). Distinct RVAs; empty where there are none.
 */
export function symbolsOf(path: string, format: 'elf' | 'pe', base: bigint): ReadonlySet<number> {
  const [command, args] = format === 'elf' ? ['readelf', ['-sW', path]] : ['objdump', ['-h', '-t', path]];
  const { stdout } = spawnSync(command as string, args as string[], { encoding: 'utf8', maxBuffer: 1 << 30 });
  return format === 'elf' ? elfFunctions(stdout ?? '', base) : peFunctions(stdout ?? '', base);
}

function elfFunctions(text: string, base: bigint): ReadonlySet<number> {
  const found = new Set<number>();
  const line = /^\s*\d+: ([0-9a-f]+)\s+(0x[0-9a-f]+|\d+) (?:FUNC|IFUNC|GNU_IFUNC)\s+\S+\s+\S+\s+(\d+)/gm;
  for (const [, value = '', size] of text.matchAll(line)) {
    if (Number(size) > 0) found.add(Number(BigInt(`0x${value}`) - base));
  }
  return found;
}

function peFunctions(text: string, base: bigint): ReadonlySet<number> {
  const sections = new Map<number, number>();
  for (const [, index, address = ''] of text.matchAll(/^\s*(\d+) \S+\s+[0-9a-f]+\s+([0-9a-f]+)/gm)) {
    sections.set(Number(index) + 1, Number(BigInt(`0x${address}`) - base));
  }
  const found = new Set<number>();
  const line = /^\[\s*\d+\]\(sec\s+(\d+)\)\(fl 0x\w+\)\(ty\s+20\)\(scl\s+\d+\) \(nx \d+\) 0x([0-9a-f]+)/gm;
  for (const [, section, value = ''] of text.matchAll(line)) {
    const start = sections.get(Number(section));
    if (start !== undefined) found.add(start + Number.parseInt(value, 16));
  }
  return found;
}
