/**
 * Reads the specification lines of the tables: `path mnemonic operands flags…`.
 *
 * Path, separated by dots: encoding (V VEX, E EVEX, X XOP, none legacy), conditions in any order, opcode last.
 *   NP 66 F3 F2     mandatory prefix; without one the opcode is the same under all of them
 *   0F 0F38 0F3A M5 M6 M7 M8 M9 MA   opcode map; none is the one-byte map
 *   O16 O32 O64     operand size      A32 A64   address size      B0 B1   REX.B
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
  /** 0 for 64 bits, 1 for 32. */
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
    else if (/^A(32|64)$/.test(part)) path.addressSize = part === 'A32' ? 1 : 0;
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
