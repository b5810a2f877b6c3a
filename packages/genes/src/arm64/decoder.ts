import { OPERAND_RULES } from './operand-rules.ts';
import { FLAG, FLOW, FLOW_BITS, type Form, nameTerm, type RegisterField, readForms } from './spec.ts';

/** Bits 31 to 21 and 15 to 10 of a word: they tell nearly all forms apart. */
const KEY_COUNT = 1 << 17;
const keyOf = (word: number): number => ((word >>> 15) & 0x1ffc0) | ((word >>> 10) & 63);
const KEY_MASK = 0xffe0_fc00 | 0;

/** In the table of base registers: there is none. */
export const NONE = 255;
/** Register fields that are looked at; most instructions have at most three. */
const FIELDS = 4;

const general = (form: Form): readonly RegisterField[] => form.registers.filter((field) => field.kind !== 'v');
const written = (form: Form): readonly RegisterField[] => general(form).filter((field) => 'dDB'.includes(field.kind));
const base = (form: Form): RegisterField | undefined => form.registers.find((field) => 'bBR'.includes(field.kind));

/** Neither a jump, a return, a save, nor an adjustment of the stack. */
function isPlain({ flags, name }: Form): boolean {
  const flow = flags & FLOW_BITS;
  if (flow !== 0) return flow !== FLOW.jump && flow !== FLOW.ret;
  return (flags & FLAG.save) === 0 && !/^(add|sub)s?$/.test(name);
}

/** Places of fields in one number: five bits each, the lowest bit of the field plus 1, the first field lowest. */
function packed(fields: readonly RegisterField[]): number {
  return fields.slice(0, FIELDS).reduce((sum, { at }, i) => sum | ((at + 1) << (5 * i)), 0);
}

/**
 * Finds the form of an instruction word, and keeps what the sweeps need of each form in typed arrays indexed by form.
 * Form 0 is no instruction.
 */
export class Decoder {
  readonly forms: readonly Form[] = readForms();
  readonly flags = Int32Array.from(this.forms, (form) => form.flags);
  readonly kept = Int32Array.from(this.forms, (form) => form.kept);
  readonly immediate = Int32Array.from(this.forms, (form) => form.immediate);
  readonly relative = Int32Array.from(this.forms, (form) => form.relative);
  readonly token = Int32Array.from(this.forms, nameTerm);
  /** Places of the general register fields, and of those that are written. */
  readonly fields = Int32Array.from(this.forms, (form) => packed(general(form)));
  readonly written = Int32Array.from(this.forms, (form) => packed(written(form)));
  /** 1 where every word of the form is informative; of the others `isInformative` tells. */
  readonly informative = Uint8Array.from(this.forms, (form) => (isPlain(form) ? 1 : 0));
  /** Lowest bit of the base register of memory or of an addition. */
  readonly base = Uint8Array.from(this.forms, (form) => base(form)?.at ?? NONE);
  readonly #mask = Int32Array.from(this.forms, (form) => form.mask);
  readonly #value = Int32Array.from(this.forms, (form) => form.value);
  readonly #rule = Uint8Array.from(this.forms, (form) => form.rule);
  /** By key: the first candidate's node, 0 for none; nodes lead on to the next. */
  readonly #first = new Int32Array(KEY_COUNT);
  #nodeForm = new Uint16Array(0);
  #nodeNext = new Int32Array(0);

  constructor() {
    this.#link();
  }

  /** Index of the form of a word, 0 where it is no instruction. */
  formOf(word: number): number {
    let node = this.#first[keyOf(word)] ?? 0;
    while (node !== 0) {
      const form = this.#nodeForm[node] ?? 0;
      if ((word & (this.#mask[form] ?? 0)) === (this.#value[form] ?? 0)) {
        const rule = this.#rule[form] ?? 0;
        if (rule === 0 || OPERAND_RULES[rule]?.(word) === true) return form;
      }
      node = this.#nodeNext[node] ?? 0;
    }
    return 0;
  }

  /** Enters each form under every key that its bits allow, in the order of the tables. */
  #link(): void {
    const last = new Int32Array(KEY_COUNT);
    const nodeForm: number[] = [0];
    const nodeNext: number[] = [0];
    for (let form = 1; form < this.forms.length; form++) {
      const fixed = (this.#mask[form] ?? 0) & KEY_MASK;
      const free = KEY_MASK & ~fixed;
      const value = (this.#value[form] ?? 0) & KEY_MASK;
      // All subsets of the free bits.
      let bits = 0;
      do {
        const key = keyOf(value | bits);
        const node = nodeForm.push(form) - 1;
        nodeNext.push(0);
        const before = last[key] ?? 0;
        if (before === 0) this.#first[key] = node;
        else nodeNext[before] = node;
        last[key] = node;
        bits = (bits - free) & free;
      } while (bits !== 0);
    }
    this.#nodeForm = Uint16Array.from(nodeForm);
    this.#nodeNext = Int32Array.from(nodeNext);
  }
}
