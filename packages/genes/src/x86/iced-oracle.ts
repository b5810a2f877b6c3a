/**
 * Test support: compares the decoder with iced-x86, an independent one, on one instruction. Only tests import it.
 */
import {
  Code,
  FlowControl,
  Decoder as IcedDecoder,
  Instruction,
  MemorySizeExt,
  Mnemonic,
  OpKind,
  type Register,
  RegisterExt,
} from 'iced-x86';
import { FLOW_KIND } from '../extraction/flow-kind.ts';
import { PADDING, PREFIX } from './byte-table.ts';
import { Decoder } from './decoder.ts';
import { CONTEXT_BASE, DESCRIPTORS, FLAG, FLOW, NAMES } from './forms.ts';
import { displacementOf } from './marks.ts';
import { KIND, SIZE_CODE } from './operands.ts';

const FLOWS: Readonly<Record<number, number>> = {
  [FlowControl.Next]: FLOW_KIND.next,
  [FlowControl.UnconditionalBranch]: FLOW_KIND.jump,
  [FlowControl.IndirectBranch]: FLOW_KIND.indirectJump,
  [FlowControl.ConditionalBranch]: FLOW_KIND.conditionalJump,
  [FlowControl.Return]: FLOW_KIND.return,
  [FlowControl.Call]: FLOW_KIND.call,
  [FlowControl.IndirectCall]: FLOW_KIND.indirectCall,
  [FlowControl.Interrupt]: FLOW_KIND.interrupt,
  [FlowControl.XbeginXabortXend]: FLOW_KIND.transaction,
  [FlowControl.Exception]: FLOW_KIND.undefined,
};

/** Differences that are meant, each with its reason. `ours` and `code` name the instruction in either decoder. */
const EXCEPTIONS: readonly {
  readonly reason: string;
  readonly covers: (what: string, ours: string, code: string) => boolean;
}[] = [
  {
    reason: 'The 24 instructions of 3DNow! share one opcode; their suffix is kept as a constant, not as a mnemonic',
    covers: (what, ours) => what === 'mnemonic' && ours === '3dnow',
  },
  {
    reason: 'iced calls SYSCALL and the like calls without a target; here they are indirect calls',
    covers: (what, ours) => what === 'flow' && /^(sys|vm|td|seam)/.test(ours),
  },
  {
    reason: 'HLT ends a block here, because user code behind it is never reached; iced says next',
    covers: (what, ours) => what === 'flow' && ours === 'hlt',
  },
  {
    reason: 'iced 1.21 refuses VEX.B in URDMSR and UWRMSR, which the manual does not',
    covers: (what, ours) => what === 'length' && /^u(rd|wr)msr$/.test(ours),
  },
  {
    reason: 'iced takes MONTMUL with any ModRM.rm, which the VIA PadLock guide has with C0 only',
    covers: (what, _ours, code) => what === 'length' && code === 'Montmul_32',
  },
  {
    reason: 'UMONITOR, MOVDIR64B and ENQCMD take a register of the address size; here it counts as 64 bits',
    covers: (what, ours) => what === 'size' && /^(umonitor|movdir64b|enqcmds?)$/.test(ours),
  },
];

const MNEMONICS: ReadonlyMap<number, string> = new Map(
  Object.entries(Mnemonic).flatMap(([name, value]) =>
    typeof value === 'number' ? [[value, name.toLowerCase()] as const] : [],
  ),
);

const BITS = new Map(Object.entries(SIZE_CODE).map(([bits, code]) => [code, Number(bits)]));

/** Kind and bits of an iced operand; bits -1 where they are not compared. */
function icedOperand(instruction: Instruction, index: number): readonly [kind: number, bits: number] {
  const kind = instruction.opKind(index);
  if (kind === OpKind.Register) return registerKind(instruction.opRegister(index));
  if (kind <= OpKind.FarBranch32) return [KIND.branch, 0];
  if (kind <= OpKind.Immediate32to64) return [KIND.immediate, 0];
  return [KIND.memory, MemorySizeExt.size(instruction.memorySize) * 8];
}

function registerKind(register: Register): readonly [kind: number, bits: number] {
  const bits = RegisterExt.size(register) * 8;
  if (RegisterExt.isGPR(register)) return [KIND.general, bits];
  if (RegisterExt.isVectorRegister(register)) return [KIND.vector, bits];
  if (RegisterExt.isMM(register)) return [KIND.mmx, bits];
  if (RegisterExt.isST(register)) return [KIND.x87, bits];
  if (RegisterExt.isSegmentRegister(register)) return [KIND.segment, 16];
  if (RegisterExt.isCR(register)) return [KIND.control, bits];
  if (RegisterExt.isDR(register)) return [KIND.debug, bits];
  if (RegisterExt.isK(register)) return [KIND.mask, 0];
  return RegisterExt.isTMM(register) ? [KIND.tile, 0] : [KIND.none, 0];
}

/** Both decoders over one buffer. */
export class Oracle {
  readonly decoder: Decoder;
  readonly #instruction = new Instruction();
  readonly #bytes: Uint8Array;
  readonly #iced: IcedDecoder;

  /** Takes a copy of the bytes; `free` gives back the memory outside JavaScript. */
  constructor(bytes: Uint8Array, bits: 32 | 64) {
    this.decoder = new Decoder(bits);
    this.#bytes = new Uint8Array(bytes.length + PADDING);
    this.#bytes.set(bytes);
    this.decoder.attach(this.#bytes, bytes.length);
    this.#iced = new IcedDecoder(bits, bytes, 0);
  }

  free(): void {
    this.#iced.free();
    this.#instruction.free();
  }

  /** Length by iced at `at`, 0 for no instruction, and the first unexplained difference. */
  compare(at: number): { readonly length: number; readonly difference: string | null } {
    this.#iced.position = at;
    this.#iced.ip = 0n;
    this.#iced.decodeOut(this.#instruction);
    const length = this.#instruction.code === Code.INVALID ? 0 : this.#instruction.length;
    const ours = this.decoder.decode(at);
    const [what, detail] = this.#differs(at, ours, length);
    if (what === '') return { length, difference: null };
    const name = NAMES[this.decoder.form] ?? '';
    const code = length === 0 ? 'INVALID' : (Code[this.#instruction.code] ?? '');
    if (EXCEPTIONS.some(({ covers }) => covers(what, name, code))) return { length, difference: null };
    const hex = Buffer.from(this.#bytes.subarray(at, at + 16)).toString('hex');
    return { length, difference: `${what}: ${name} / ${code}: ${detail} at ${hex}` };
  }

  #differs(at: number, ours: number, length: number): readonly [what: string, detail: string] {
    const instruction = this.#instruction;
    const decoder = this.decoder;
    if (ours !== length) return ['length', `${ours} / ${length}`];
    if (length === 0) return ['', ''];
    const name = NAMES[decoder.form] ?? '';
    if (MNEMONICS.get(instruction.mnemonic) !== name) return ['mnemonic', MNEMONICS.get(instruction.mnemonic) ?? ''];
    const flow = FLOW[decoder.form] ?? 0;
    if (FLOWS[instruction.flowControl] !== flow) return ['flow', `${flow} / ${instruction.flowControl}`];
    const operands = this.#operandsDiffer();
    if (operands[0] !== '') return operands;
    return (decoder.flags & FLAG.relative) === 0 ? this.#displacementDiffers() : this.#targetDiffers(at + length, at);
  }

  #operandsDiffer(): readonly [what: string, detail: string] {
    const { form, context } = this.decoder;
    const packed = DESCRIPTORS[(CONTEXT_BASE[form] ?? 0) + context] ?? 0;
    for (let i = 0; i < 4; i++) {
      const descriptor = (packed >>> (i * 8)) & 0xff;
      const [kind, bits] = i < this.#instruction.opCount ? icedOperand(this.#instruction, i) : [KIND.none, 0];
      if (descriptor >> 4 !== kind) return ['kind', `operand ${i}: ${descriptor >> 4} / ${kind}`];
      const ourBits = BITS.get(descriptor & 15) ?? 0;
      // A size that says nothing (state areas, descriptor tables) is 0 here.
      const silent = kind === KIND.memory && ourBits === 0;
      if (!silent && ourBits !== bits) return ['size', `operand ${i}: ${ourBits} / ${bits}`];
    }
    return ['', ''];
  }

  #targetDiffers(next: number, at: number): readonly [what: string, detail: string] {
    const { immediateAt, immediateSize } = this.decoder;
    const { narrow, context } = this.decoder;
    // With operand size 16 the target wraps around at 16 bits.
    const bits = narrow ? (context === 0 ? 16 : 32) : 64;
    const plain = next - at + displacementOf(this.#bytes, immediateAt, immediateSize);
    const target = bits === 16 ? (plain << 16) >> 16 : plain;
    const theirs = Number(BigInt.asIntN(bits, this.#instruction.nearBranchTarget));
    return target === theirs ? ['', ''] : ['target', `${target} / ${theirs}`];
  }

  #displacementDiffers(): readonly [what: string, detail: string] {
    const { addressing, displacementAt, displacementSize, displacementScale } = this.decoder;
    if (addressing === 0 || displacementSize === 0 || (addressing & 64) !== 0) return ['', ''];
    const raw = displacementOf(this.#bytes, displacementAt, displacementSize);
    const ours = displacementSize === 1 ? raw << displacementScale : raw;
    // An address of 16 bits wraps around at 16 bits.
    const short = this.decoder.narrow && (this.decoder.prefixes & PREFIX.addressSize) !== 0 ? 16 : 32;
    const theirs = Number(BigInt.asIntN(short, this.#instruction.memoryDisplacement));
    return ours === theirs ? ['', ''] : ['displacement', `${ours} / ${theirs}`];
  }
}
