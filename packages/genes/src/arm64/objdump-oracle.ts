import type { Decoder } from './decoder.ts';
import { displacementOf } from './displacement.ts';
import type { Form, RegisterField } from './spec.ts';

/** What two decoders say of the same words. */
export interface Comparison {
  words: number;
  /** Words that are no instruction for both. */
  invalid: number;
  /** Different answers, by kind: how often, and the first. */
  readonly differences: Map<string, { count: number; readonly example: string }>;
}

/**
 * Adds each word of a listing by GNU `objdump -D -z -b binary -m aarch64 -M no-aliases`: whether it is an instruction,
 * which, its general registers, its branch target.
 */
export function compareListing(decoder: Decoder, listing: string, comparison: Comparison): void {
  for (const line of listing.split('\n')) {
    const [address = '', bytes = '', mnemonic, operands = ''] = line.split('\t');
    if (mnemonic === undefined || !address.endsWith(':')) continue;
    const word = Number.parseInt(bytes, 16) | 0;
    comparison.words++;
    const kind = compareLine(decoder, word, Number.parseInt(address, 16), mnemonic, operands);
    if (kind === 'invalid') comparison.invalid++;
    else if (kind !== '') note(comparison.differences, kind, `${bytes}${mnemonic} ${operands}`);
  }
}

function note(differences: Comparison['differences'], kind: string, example: string): void {
  const known = differences.get(kind);
  if (known === undefined) differences.set(kind, { count: 1, example });
  else known.count++;
}

/** Empty where both agree; `invalid` where both see no instruction. */
function compareLine(decoder: Decoder, word: number, at: number, mnemonic: string, operands: string): string {
  const index = decoder.formOf(word);
  const form = decoder.forms[index];
  const theirs = mnemonic === '.inst' || mnemonic.startsWith('.') ? '' : mnemonic.replace(/^(bc?)\..+/, '$1.cond');
  if (form === undefined || index === 0) return theirs === '' ? 'invalid' : `only objdump: ${theirs}`;
  if (form.name === 'sve' || form.name === 'sme') return theirs === '' ? `only ours: ${form.name}` : '';
  if (theirs === '') return `only ours: ${form.name}`;
  if (theirs !== form.name) return `name: ours ${form.name}, theirs ${theirs}`;
  const target = /\b0x[0-9a-f]+$/.exec(operands.replace(/ *\/\/.*/, ''))?.[0];
  if (form.relative !== 0) {
    const ours =
      form.name === 'adrp'
        ? (at & ~4095) + displacementOf(form.relative, word)
        : at + displacementOf(form.relative, word);
    if (target === undefined || BigInt.asIntN(64, BigInt(target)) !== BigInt(ours))
      return `target of ${form.name}: ${ours}`;
  }
  // Pairs are named by both registers; the place of a register that is left out holds 31.
  if (/^casp|^ld[1-4]r?$|^st[1-4]$|^sysl?$|^ret$|^irg$/.test(form.name)) return '';
  const ours = generalRegisters(form, word);
  const named = namedRegisters(operands);
  return ours === named ? '' : `registers of ${form.name}: ours ${ours}, theirs ${named}`.replaceAll(/[0-9]+/g, 'N');
}

/** Numbers of the general registers that the form reads and writes, sorted; `z` zero register, `s` stack pointer. */
function generalRegisters(form: Form, word: number): string {
  return form.registers
    .filter((field) => field.kind !== 'v')
    .map((field) => nameOf(field, (word >>> field.at) & 31))
    .sort()
    .join(' ');
}

function nameOf(field: RegisterField, number: number): string {
  if (number !== 31) return String(number);
  return field.kind === 'd' || field.kind === 'r' ? 'z' : 's';
}

function namedRegisters(operands: string): string {
  const found = operands.replace(/ *\/\/.*/, '').match(/\b[wx](?:[0-9]+|zr)\b|\bw?sp\b/g) ?? [];
  return found
    .map((name) => (name.endsWith('zr') ? 'z' : name.endsWith('sp') ? 's' : name.slice(1)))
    .sort()
    .join(' ');
}
