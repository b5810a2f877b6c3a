/**
 * Reads the specification lines of the tables: `path mnemonic operands flags…`.
 *
 * Path, separated by dots: encoding (V VEX, E EVEX, X XOP, none legacy), conditions in any order, opcode last.
 *   NP 66 F3 F2     mandatory prefix; without one the opcode is the same under all of them
 *   0F 0F38 0F3A M5 M6 M7 M8 M9 MA   opcode map; none is the one-byte map
 *   O16 O32 O64     operand size      A16 A32 A64   address size  B0 B1   REX.B
 *   M32 M64         only in 32-bit or only in 64-bit mode
 *                      W0 W1   REX.W, VEX.W      L0 L1 L2 L12   vector length
 *   opcode: hexadecimal, `+` for eight in a row, `/n` ModRM.reg, `:m` memory, `:r` register, `:rn` ModRM.rm
 * Operands: see operands.ts; `-` for none. Flags: see FLAG, plus
 *   v3 v2           also a VEX form, with or without VEX.vvvv; `s` any length, `l` only 128 bits
 *   e=…             also an EVEX form, made from the VEX one, with these conditions and flags
 */
export interface Spec {
  readonly encoding: 'legacy' | 'vex' | 'evex' | 'xop';
  /** Row of the root table, 0 to 15. */
  readonly map: number;
  readonly prefixes: readonly number[];
  readonly opcode: number;
  readonly operandSizes: readonly number[] | null;
  readonly w: number | null;
  /** The only mode that has the line, in bits; null for both. */
  readonly mode: 32 | 64 | null;
  /** 0 for 64 bits, 1 for 32, 2 for 16. */
  readonly addressSize: number | null;
  readonly rexB: number | null;
  readonly lengths: readonly number[] | null;
  readonly reg: number | null;
  /** 0 memory, 1 register. */
  readonly mod: number | null;
  readonly rm: number | null;
  readonly mnemonic: string;
  readonly operands: readonly string[];
  readonly flags: ReadonlySet<string>;
}

const PREFIX: Readonly<Record<string, number>> = { NP: 0, '66': 1, F3: 2, F2: 3 };
const ENCODING: Readonly<Record<string, Spec['encoding']>> = { V: 'vex', E: 'evex', X: 'xop' };
/** Row of the root table by encoding and map. */
const MAPS: Readonly<Record<Spec['encoding'], Readonly<Record<string, number>>>> = {
  legacy: { '': 0, '0F': 1, '0F38': 2, '0F3A': 3 },
  vex: { '0F': 4, '0F38': 5, '0F3A': 6, M7: 7 },
  evex: { '0F': 8, '0F38': 9, '0F3A': 10, M5: 11, M6: 12 },
  xop: { M8: 13, M9: 14, MA: 15 },
};
const MAP_NAMES = /^(0F|0F38|0F3A|M[5-9A])$/;

function wrong(line: string, what: string): Error {
  return new Error(`x86 table: ${what} in "${line}"`);
}

interface Path {
  encoding: Spec['encoding'];
  map: string;
  prefix: number | null;
  operandSizes: number[] | null;
  w: number | null;
  mode: 32 | 64 | null;
  addressSize: number | null;
  rexB: number | null;
  lengths: number[] | null;
}

function readPath(parts: readonly string[], line: string): Path {
  const path: Path = {
    encoding: 'legacy',
    map: '',
    prefix: null,
    operandSizes: null,
    w: null,
    mode: null,
    addressSize: null,
    rexB: null,
    lengths: null,
  };
  for (const part of parts) {
    const encoding = ENCODING[part];
    const prefix = PREFIX[part];
    if (encoding !== undefined) path.encoding = encoding;
    else if (prefix !== undefined) path.prefix = prefix;
    else if (MAP_NAMES.test(part)) path.map = part;
    else if (/^O(16|32|64)$/.test(part)) path.operandSizes = [part === 'O16' ? 0 : part === 'O32' ? 1 : 2];
    else if (/^A(16|32|64)$/.test(part)) path.addressSize = part === 'A16' ? 2 : part === 'A32' ? 1 : 0;
    else if (/^M(32|64)$/.test(part)) path.mode = part === 'M32' ? 32 : 64;
    else if (/^B[01]$/.test(part)) path.rexB = Number(part.charAt(1));
    else if (/^W[01]$/.test(part)) path.w = Number(part.charAt(1));
    else if (/^L[012]+$/.test(part)) path.lengths = [...part.slice(1)].map(Number);
    else throw wrong(line, `unknown part ${part}`);
  }
  return path;
}

const OPCODE = /^([0-9A-F]{2})(\+?)(?:\/([0-7]))?(?::(m|r[0-7]?))?$/;

function expand(line: string): Spec[] {
  const [place = '', mnemonic = '', operandText = '-', ...flags] = line.split(' ');
  const parts = place.split('.');
  const match = OPCODE.exec(parts.pop() ?? '');
  if (match === null) throw wrong(line, 'no opcode');
  const path = readPath(parts, line);
  const map = MAPS[path.encoding][path.map];
  if (map === undefined) throw wrong(line, 'no such map');
  const [, opcodeText = '', run, reg, mod] = match;
  const first = Number.parseInt(opcodeText, 16);
  const lengths = path.lengths ?? (path.encoding === 'evex' ? [0, 1, 2] : null);
  return Array.from({ length: run === '+' ? 8 : 1 }, (_, i) => ({
    encoding: path.encoding,
    map,
    prefixes: path.prefix === null ? [0, 1, 2, 3] : [path.prefix],
    opcode: first + i,
    operandSizes: path.operandSizes,
    w: path.w,
    mode: path.mode,
    addressSize: path.addressSize,
    rexB: path.rexB,
    lengths,
    reg: reg === undefined ? null : Number(reg),
    mod: mod === undefined ? null : mod === 'm' ? 0 : 1,
    rm: mod === undefined || mod.length < 2 ? null : Number(mod.charAt(1)),
    mnemonic,
    operands: operandText === '-' ? [] : operandText.split(','),
    flags: new Set(flags),
  }));
}

const VECTOR_FLAG = /^v([23])([sl]?)$/;

/** A legacy SSE line with the VEX and EVEX lines that its flags ask for. */
function withVectorForms(line: string): string[] {
  const [place = '', mnemonic = '', operandText = '-', ...flags] = line.split(' ');
  const match = flags.map((flag) => VECTOR_FLAG.exec(flag)).find((found) => found !== null);
  if (match === undefined || match === null) return [line];
  const [, count, length = ''] = match;
  const evex = flags.find((flag) => flag.startsWith('e='));
  const operands = operandText.split(',');
  if (count === '3') operands.splice(1, 0, 'Ho');
  const sized = length === '' ? operands.map((o) => (/^[VHWUM]o$/.test(o) ? `${o.charAt(0)}x` : o)) : operands;
  const parts = place.split('.');
  const opcode = parts.pop() ?? '';
  const only = length === 'l' ? 'L0.' : '';
  const lines = [
    [place, mnemonic, operandText].join(' '),
    `V.${parts.join('.')}.${only}${opcode} v${mnemonic} ${sized.join(',')}`,
  ];
  if (evex !== undefined) {
    const wanted = evex.slice(2).split(',');
    const w = wanted.find((flag) => /^W[01]$/.test(flag));
    const rest = wanted.filter((flag) => flag !== w && flag !== 'plain');
    const path = `E.${parts.join('.')}.${w === undefined ? '' : `${w}.`}${only}${opcode}`;
    lines.push([path, `v${mnemonic}`, sized.join(','), ...rest].join(' '));
  }
  return lines;
}

export function readSpecs(lines: readonly string[]): Spec[] {
  return lines.flatMap(withVectorForms).flatMap(expand);
}

/** General registers of 64 bits; in the lines without O64 or W1 they have 32 bits in 32-bit mode. */
const QUAD = /^([EGRB])q(?=$|:)/;

const opcodeOf = ({ encoding, map, prefixes, opcode, reg, mod }: Spec): string =>
  [encoding, map, prefixes, opcode, reg, mod].join(' ');

/** Opcodes whose W1 line 32-bit mode lacks because it is of 64-bit registers: there W says nothing. */
function opcodesWithoutW(specs: readonly Spec[]): ReadonlySet<string> {
  return new Set(specs.filter((spec) => spec.w === 1 && spec.operands.some((o) => QUAD.test(o))).map(opcodeOf));
}

/**
 * Each line as 32-bit mode has it, the same object where nothing differs, or null where that mode does not have it: there
 * is no operand size of 64 bits, and VEX.W does not make a general register wider (SDM volume 2, 2.3.5).
 */
export function inNarrowMode(specs: readonly Spec[]): readonly (Spec | null)[] {
  const ignoreW = opcodesWithoutW(specs);
  return specs.map((spec) => narrowed(spec, spec.w === 0 && ignoreW.has(opcodeOf(spec))));
}

function narrowed(spec: Spec, ignoresW: boolean): Spec | null {
  if (spec.mode === 64 || spec.addressSize === 0 || spec.rexB === 1) return null;
  if (spec.operandSizes !== null && !spec.operandSizes.some((size) => size < 2)) return null;
  const wide = spec.operands.some((operand) => QUAD.test(operand));
  if (wide && spec.w === 1) return null;
  const promoted = ['d64', 'f64'].some((flag) => spec.flags.has(flag));
  const addressed = spec.operands.some((operand) => /^([GR]a|O.)$/.test(operand));
  if (!wide && !ignoresW && !promoted && !addressed && spec.rexB === null) return spec;
  return {
    ...spec,
    rexB: null,
    w: ignoresW ? null : spec.w,
    operands: spec.operands.map((operand) =>
      operand.replace(QUAD, promoted ? '$1v' : '$1d').replace(/^([GR])a$/, '$1d'),
    ),
    flags: new Set([...spec.flags].filter((flag) => flag !== 'd64' && flag !== 'f64')),
  };
}
