import { chance } from '../truth/chance.ts';

/** Rewrites gcc's assembly of one source (AT&T syntax, one instruction a line). What it computes stays the same. */
export type Transform = (assembly: string, seed: string) => string;

const isInstruction = (line: string): boolean => /^\t[a-z]/.test(line) && !/^\t(rep|lock|notrack)\b/.test(line);

/** Puts lines before a share of the instructions. */
function insertBefore(assembly: string, seed: string, share: number, lines: (index: number) => string): string {
  return assembly
    .split('\n')
    .map((line, i) => (isInstruction(line) && chance(seed, `${i}`) < share ? `${lines(i)}\n${line}` : line))
    .join('\n');
}

/** Changes neither registers nor flags. */
const JUNK = [
  '\tmovq\t%rax, %rax',
  '\tleaq\t0(%rbx), %rbx',
  '\tmovq\t%rdx, %rdx',
  '\tmovq\t%r8, %r8',
  '\tmovq\t%r9, %r9',
];

const junk =
  (share: number): Transform =>
  (assembly, seed) =>
    insertBefore(
      assembly,
      seed,
      share,
      (i) => JUNK[Math.floor(chance(seed, 'which', `${i}`) * JUNK.length)] ?? '\tnop',
    );

const padding: Transform = (assembly, seed) =>
  insertBefore(assembly, seed, 0.3, (i) => (i % 2 === 0 ? '\tnop' : '\tnopw\t0(%rax,%rax)'));

/** Cuts blocks by jumps to the next instruction. */
const splitting: Transform = (assembly, seed) =>
  insertBefore(assembly, seed, 0.1, (i) => `\tjmp\t.Lsplit${i}\n.Lsplit${i}:`);

/** Names of a numbered register at 64, 32, 16 and 8 bits. */
const SUFFIXES = ['', 'd', 'w', 'b'];

/** Swaps pairs of registers that functions keep for their callers, everywhere. */
const registers: Transform = (assembly) => {
  const swaps = new Map<string, string>();
  for (const [a, b] of [
    ['13', '15'],
    ['12', '14'],
  ] as const) {
    for (const suffix of SUFFIXES) {
      swaps.set(`r${a}${suffix}`, `r${b}${suffix}`);
      swaps.set(`r${b}${suffix}`, `r${a}${suffix}`);
    }
  }
  return assembly.replaceAll(/%([a-z][a-z0-9]+)/g, (whole, name: string) => {
    const other = swaps.get(name);
    return other === undefined ? whole : `%${other}`;
  });
};

/**
 * Control-flow flattening: every jump inside a function, and every fall into a label, goes through one dispatcher
 * that compares a state. Functions with jump tables keep those.
 */
const flattening: Transform = (assembly) => {
  const state = '\n\t.local\tflat_state\n\t.comm\tflat_state,4,4\n';
  return (
    assembly.replaceAll(/^([A-Za-z_][\w.]*):\n([\s\S]*?)^\t\.size\t\1,/gm, (whole, name: string, body: string) => {
      const labels = [...new Set([...body.matchAll(/^(\.L\d+):/gm)].map((match) => match[1] ?? ''))];
      const used = labels.filter((label) => new RegExp(`^\\tj[a-z]+\\t\\${label}$`, 'm').test(body));
      if (used.length === 0) return whole;
      const set = (label: string): string =>
        `\tmovl\t$${used.indexOf(label)}, flat_state(%rip)\n\tjmp\t.Lflat_${name}\n`;
      const parts: string[] = [];
      const stubs = new Map<string, string>();
      for (const line of body.split('\n')) {
        const [, jump, target] = /^\t(j[a-z]+)\t(\.L\d+)$/.exec(line) ?? [];
        const [, label] = /^(\.L\d+):$/.exec(line) ?? [];
        if (jump === 'jmp' && target !== undefined && used.includes(target)) parts.push(set(target).trimEnd());
        else if (jump !== undefined && target !== undefined && used.includes(target)) {
          stubs.set(target, `.Lstub_${name}_${used.indexOf(target)}:\n${set(target)}`);
          parts.push(`\t${jump}\t.Lstub_${name}_${used.indexOf(target)}`);
        } else if (label !== undefined && used.includes(label)) parts.push(`${set(label)}${line}`);
        else parts.push(line);
      }
      const tests = used.map((label, i) => `\tcmpl\t$${i}, flat_state(%rip)\n\tje\t${label}\n`).join('');
      // Behind the last return, where nothing falls into it.
      const dispatcher = `.Lflat_${name}:\n${tests}\tud2\n${[...stubs.values()].join('')}`;
      const end = parts.lastIndexOf('\t.cfi_endproc');
      parts.splice(end < 0 ? parts.length : end, 0, dispatcher.trimEnd());
      return `${name}:\n${parts.join('\n')}\t.size\t${name},`;
    }) + state
  );
};

export const TRANSFORMS: Readonly<Record<string, Transform>> = {
  'nothing (assembled again)': (assembly) => assembly,
  'padding: no-operations before 30 % of the instructions': padding,
  'registers: r12 with r14, r13 with r15': registers,
  'junk before 2 % of the instructions': junk(0.02),
  'junk before 5 % of the instructions': junk(0.05),
  'junk before 20 % of the instructions': junk(0.2),
  'blocks split before 10 % of the instructions': splitting,
  'control flow flattened': flattening,
};
