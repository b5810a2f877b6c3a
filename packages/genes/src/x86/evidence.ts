import { PADDING } from './byte-table.ts';
import { Decoder } from './decoder.ts';
import { FLAG, FLOW, NAMES } from './forms.ts';
import { displacementOf, skipZeros } from './marks.ts';

/** What decoding a window of bytes in one mode says for and against its being code of that mode. */
export interface Evidence {
  readonly instructions: number;
  /** Bytes at which no instruction starts, those cut off by the window's end left out. */
  readonly invalid: number;
  /** Instructions that programs hardly have but random bytes often: port access, BCD arithmetic, far calls. */
  readonly rare: number;
  /** Relative branches to inside the window, and how many of them lead to the start of an instruction. */
  readonly branches: number;
  readonly coherent: number;
  /** In 64-bit mode: instructions with REX.W, as most that handle addresses have. */
  readonly wide: number;
  /**
   * In 64-bit mode: instructions as 32-bit code is read there: the stack pointer or LEA without REX.W, REX without a
   * meaning (INC and DEC), an address of eight bytes.
   */
  readonly narrow: number;
}

const RARE_NAMES = new Set(
  `in out insb insw insd outsb outsw outsd les lds lss lfs lgs aam aad aaa aas daa das arpl into bound hlt cli sti salc cmc
  retf iret iretd iretq xlatb loop loope loopne enter popf popfd popfq pushf pushfd pushfq sahf int1 lsl lar rcl rcr wait
  scasd cmpsd lodsd`.split(/\s+/),
);
const RARE = Uint8Array.from(NAMES, (name) => (RARE_NAMES.has(name) ? 1 : 0));
const LEA = Uint8Array.from(NAMES, (name) => (name === 'lea' ? 1 : 0));

/** Decodes one window in a mode; linear in its size. */
export function gatherEvidence(window: Uint8Array, bits: 32 | 64): Evidence {
  const size = window.length;
  const bytes = new Uint8Array(size + PADDING);
  bytes.set(window);
  const decoder = new Decoder(bits);
  decoder.attach(bytes, size);
  const starts = new Uint8Array(size);
  const targets: number[] = [];
  const count = { instructions: 0, invalid: 0, rare: 0, wide: 0, narrow: 0 };
  for (let at = 0; at < size; ) {
    const filled = skipZeros(bytes, at, size);
    if (filled !== at) {
      at = filled;
      continue;
    }
    const length = decoder.decode(at);
    if (length === 0) {
      if (at + 15 < size) count.invalid++;
      at++;
      continue;
    }
    starts[at] = 1;
    at += length;
    if ((decoder.flags & FLAG.nothing) !== 0) continue;
    count.instructions++;
    count.rare += RARE[decoder.form] ?? 0;
    if ((decoder.flags & FLAG.relative) !== 0) {
      targets.push(at + displacementOf(bytes, decoder.immediateAt, decoder.immediateSize));
    }
    if (bits === 64) weigh(decoder, count);
  }
  const inside = targets.filter((target) => target >= 0 && target < size);
  const coherent = inside.filter((target) => starts[target] === 1).length;
  return { ...count, branches: inside.length, coherent };
}

function weigh(decoder: Decoder, count: { wide: number; narrow: number }): void {
  const { rex, flags, modrm, addressing, form } = decoder;
  // VEX has its W in the same field but no prefix 4x.
  if ((rex & 0x48) === 0x48) {
    count.wide++;
    return;
  }
  const meaningless = rex === 0x40 && (flags & FLAG.modrm) !== 0 && (decoder.context & 3) === 1;
  const stack = (flags & FLAG.stack) !== 0 && addressing === 0 && rex === 0 && (modrm & 7) === 4;
  const offset = (flags & FLAG.absolute) !== 0;
  if (meaningless || offset || (stack && FLOW[form] === 0) || (LEA[form] === 1 && rex === 0)) count.narrow++;
}
