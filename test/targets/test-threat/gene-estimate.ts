/** Instructions that say nothing about the source (as in the gene scheme): they do not count. */
const UNINFORMATIVE = new Set(['push', 'pop', 'ret', 'leave', 'jmp', 'b', 'stp', 'ldp']);
/** Jumps of x86-64 and A64. */
const BRANCH = /^(j|b$|b\.|cbn?z|tbn?z)/;
const PADDING = /^(nop|nopw|nopl|cs|data16|xchg)$/;

type Instruction = { readonly address: number; readonly mnemonic: string; readonly operands: string };

/** Registers by size only, addresses away: near to what a fuzzy gene keeps. */
function normalise({ mnemonic, operands }: Instruction): string {
  const sized = operands
    .replace(/%(\w+)/g, (_, name: string) => (/^r(?!.*[dwb]$)/.test(name) ? '%q' : '%d'))
    .replace(/\b([wx])[0-9]+\b/g, '$1');
  return BRANCH.test(mnemonic) || /^(call|bl)/.test(mnemonic) ? mnemonic : `${mnemonic} ${sized}`;
}

function isInformative({ mnemonic, operands }: Instruction): boolean {
  const adjustsStack = /^(sub|add|and|mov)$/.test(mnemonic) && operands.endsWith('%rsp');
  return !UNINFORMATIVE.has(mnemonic) && !adjustsStack;
}

function parse(disassembly: string): { starts: Set<number>; instructions: Instruction[] } {
  const starts = new Set<number>();
  const instructions: Instruction[] = [];
  for (const line of disassembly.split('\n')) {
    const start = /^([0-9a-f]+) <[^>]+>:/.exec(line)?.[1];
    if (start !== undefined) starts.add(Number.parseInt(start, 16));
    const [, address, mnemonic, rest] = /^\s+([0-9a-f]+):\t(\S+)\s*(.*)$/.exec(line) ?? [];
    if (address === undefined || mnemonic === undefined || PADDING.test(mnemonic)) continue;
    // Comments: `#` behind many blanks in x86-64, `//` in A64; `#` alone begins an immediate there.
    const operands = (rest ?? '').replace(/ {2,}#.*$|\s*\/\/.*$|<.*$/, '').trim();
    instructions.push({ address: Number.parseInt(address, 16), mnemonic, operands });
  }
  return { starts, instructions };
}

/**
 * Counts, from the output of `objdump -d --no-show-raw-insn`, functions and the distinct normalised basic blocks with
 * at least six informative instructions. An estimate, independent of the gene extractor that it helps to feed.
 */
export function countGenes(disassembly: string): { functions: number; blocks: number } {
  const { starts, instructions } = parse(disassembly);
  const leaders = new Set(starts);
  for (const { mnemonic, operands } of instructions) {
    // The last operand: CBZ and TBZ have registers before it.
    if (BRANCH.test(mnemonic)) leaders.add(Number.parseInt(operands.split(', ').at(-1) ?? '', 16));
  }
  const blocks = new Set<string>();
  let block: Instruction[] = [];
  const close = () => {
    if (block.filter(isInformative).length >= 6) blocks.add(block.map(normalise).join('\n'));
    block = [];
  };
  for (const instruction of instructions) {
    if (leaders.has(instruction.address)) close();
    block.push(instruction);
    if (BRANCH.test(instruction.mnemonic) || instruction.mnemonic === 'ret') close();
  }
  close();
  return { functions: starts.size, blocks: blocks.size };
}
