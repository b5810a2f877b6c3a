import type { Layout } from '@genehound/contract';
import type { CodeAnswer } from './extraction/view-messages.ts';

type Line = CodeAnswer['regions'][number][number];
type InstructionSet = CodeAnswer['instructionSet'];

/** Fixed bytes that a sequence needs, so that chance has no part in it, and how many different ones. */
const LEAST_FIXED = 16;
const LEAST_DISTINCT = 8;
const LONGEST = 128;
/** Numbers below it are sizes, offsets in structures, flags: they belong to the code. */
const LEAST_ADDRESS = 0x1000;

type Byte = string;

const wild = (bytes: Byte[], from: number, count: number): void => {
  for (let at = from; at < from + count && at < bytes.length; at++) if (at >= 0) bytes[at] = '??';
};

/** Where a number lies in an instruction, little-endian in so many bytes; -1 where it does not. */
function placeOf(bytes: readonly Byte[], value: bigint, width: number): number {
  const wanted = Array.from({ length: width }, (_unused, i) =>
    Number((BigInt.asUintN(64, value) >> BigInt(8 * i)) & 0xffn)
      .toString(16)
      .padStart(2, '0'),
  );
  // Operands lie at the end of an instruction, behind its opcode.
  for (let at = bytes.length - width; at >= 1; at--) if (wanted.every((byte, i) => bytes[at + i] === byte)) return at;
  return -1;
}

/** What the linker and the loader may change: distances of branches, addresses of data, and numbers that may be either. */
function maskX86(bytes: Byte[], text: string, end: number): void {
  if (/^(?:call|j[a-z]+|xbegin)\b/.test(text) && bytes.length >= 5 && !text.includes('[')) {
    wild(bytes, bytes.length - 4, 4);
    return;
  }
  for (const [, sign = '', digits = ''] of text.matchAll(/(-\s*)?0x([0-9a-f]+)/g)) {
    const value = BigInt(`0x${digits}`);
    if (value < LEAST_ADDRESS) continue;
    for (const width of [8, 4]) {
      for (const signed of sign === '' ? [value] : [-value, value]) {
        const at = placeOf(bytes, signed, width);
        if (at >= 0) wild(bytes, at, width);
      }
    }
  }
  // A distance from the instruction's end is shown as the place that it leads to.
  for (const [, digits = ''] of text.matchAll(/\[0x([0-9a-f]+)\]/g)) {
    const at = placeOf(bytes, BigInt.asIntN(32, BigInt(`0x${digits}`) - BigInt(end)), 4);
    if (at >= 0) wild(bytes, at, 4);
  }
}

function maskArm64(bytes: Byte[], text: string, afterPage: boolean): void {
  if (/^(?:b|bl)\b(?!\.)/.test(text)) {
    wild(bytes, 0, 3);
    bytes[3] = `${(bytes[3] ?? '?').charAt(0)}?`;
  } else if (/^adrp?\b/.test(text)) {
    wild(bytes, 0, 3);
    bytes[3] = '?0';
  } else if (afterPage && /^(?:add|ldr|str|ldp|stp)/.test(text)) wild(bytes, 1, 2);
  else if (/^ldr\w*\s+\w+,\s*(?:#|0x)/.test(text)) wild(bytes, 0, 3);
}

/** Tokens of metadata are numbers of one build. */
function maskCil(bytes: Byte[]): void {
  if (bytes.length >= 5) wild(bytes, bytes.length - 4, 4);
}

/**
 * Code as a sequence of YARA's hexadecimal strings, with what may differ between two builds of it left open; null where
 * too little of it is fixed. Pure.
 */
export function sequenceOf(lines: readonly Line[], instructionSet: InstructionSet): readonly string[] | null {
  const all: Byte[] = [];
  let afterPage = false;
  for (const { rva, size, bytes: text, text: code } of lines) {
    const bytes = text.match(/../g) ?? [];
    if (instructionSet === 'arm64') {
      maskArm64(bytes, code, afterPage);
      afterPage = /^adrp\b/.test(code) || (afterPage && !/^(?:bl?|ret)\b/.test(code));
    } else if (instructionSet === 'cil') maskCil(bytes);
    else maskX86(bytes, code, rva + size);
    if (all.length + bytes.length > LONGEST) break;
    all.push(...bytes);
  }
  // Both ends are fixed: what is open there says nothing.
  const isOpen = (byte: Byte | undefined): boolean => byte?.includes('?') === true;
  while (all.length > 0 && isOpen(all.at(-1))) all.pop();
  while (all.length > 0 && isOpen(all[0])) all.shift();
  const fixed = all.filter((byte) => !isOpen(byte));
  return fixed.length < LEAST_FIXED || new Set(fixed).size < LEAST_DISTINCT ? null : all;
}

export interface SequenceSet {
  readonly sha256: string;
  readonly layout: Layout;
  readonly sequences: readonly (readonly string[])[];
}

/** Sequences that must be there at least: what a compiler puts into every program has two. */
export const LEAST_SEQUENCES = 3;

/** How many of a sample's sequences must be there: most of many. */
export function neededOf(count: number): number {
  return Math.max(LEAST_SEQUENCES, Math.ceil(count * 0.6));
}

const comment = (value: string): string => value.replaceAll(/[^\x20-\x7e]|["\\]/g, '_').slice(0, 200);

/** The text of the rule; any name is made safe for it. Pure. */
export function vaccineText(name: string, about: string, sets: readonly SequenceSet[]): string {
  const strings = sets.flatMap(({ sequences }, set) =>
    sequences.map((bytes, at) => `    $s${set}_${at} = { ${bytes.join(' ').toUpperCase()} }`),
  );
  const conditions = sets.map(({ sequences }, set) => `${neededOf(sequences.length)} of ($s${set}_*)`);
  return [
    `rule ${name}`,
    '{',
    '  meta:',
    '    author = "Genehound"',
    `    description = "Code that only ${comment(about)} has, as far as is known"`,
    ...sets.map(({ sha256, layout }, at) => `    source${at} = "${layout} ${sha256}"`),
    '  strings:',
    ...strings,
    '  condition:',
    `    ${conditions.join(' or\n    ')}`,
    '}',
    '',
  ].join('\n');
}

/** A rule's name of any family's or artifact's. */
export function ruleNameOf(about: string): string {
  return `genehound_${about.replaceAll(/[^A-Za-z0-9]+/g, '_').slice(0, 80)}`;
}
