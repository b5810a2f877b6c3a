/**
 * What the patterns of the tables cannot say. Each rule says whether a word that matches its form is an instruction.
 * In the order of RULES in spec.ts.
 */
const quad = (word: number): boolean => (word & 0x4000_0000) !== 0;
const size = (word: number): number => (word >>> 22) & 3;
const field = (word: number, at: number): number => (word >>> at) & 31;

/** N, immr, imms of a logical immediate: an element of 2 to 64 bits, not all ones, at most the register's size. */
function bitmask(word: number): boolean {
  const wide = (word & 0x0040_0000) !== 0;
  if (wide && word >= 0) return false;
  const imms = (word >>> 10) & 63;
  const pattern = ((wide ? 64 : 0) | (~imms & 63)) >>> 0;
  if (pattern < 2) return false;
  const levels = (1 << (31 - Math.clz32(pattern))) - 1;
  return (imms & levels) !== levels;
}

/** Source, destination and count of the memory copy instructions are different registers, none of them the last. */
function copy(word: number): boolean {
  const d = field(word, 0);
  const n = field(word, 5);
  const s = field(word, 16);
  const sets = (word & 0x00c0_0000) === 0x00c0_0000;
  return d !== 31 && n !== 31 && (s !== 31 || sets) && d !== n && d !== s && n !== s;
}

/** PSTATE fields that MSR (immediate) can name: op1, op2. */
function pstate(word: number): boolean {
  const op1 = (word >>> 16) & 7;
  const op2 = (word >>> 5) & 7;
  const crm = (word >>> 8) & 15;
  if (op1 === 0) return op2 >= 3 && op2 <= 5;
  if (op1 === 1) return op2 === 0 && crm <= 3;
  if (op1 !== 3) return false;
  if (op2 === 3) return crm >= 2 && crm <= 7;
  return op2 === 1 || op2 === 2 || op2 === 4 || op2 >= 6;
}

/** LDPSW to one register twice, or to the base that it writes back, is unpredictable. */
function signedPair(word: number): boolean {
  const t = field(word, 0);
  const t2 = field(word, 10);
  const n = field(word, 5);
  const writesBack =
    (word & 0x0080_0000) !== 0 && (word & 0x0100_0000) === 0 ? true : (word & 0x0180_0000) === 0x0180_0000;
  return t !== t2 && !(writesBack && n !== 31 && (n === t || n === t2));
}

const float = (word: number): boolean => size(word) !== 2;
const lane = (word: number): boolean => (word & 0x000f_0000) !== 0;
/** Lanes of 64 bits need all 128. */
const wholeLane = (word: number): boolean => (word & 0x0007_0000) !== 0 || ((word & 0x0008_0000) !== 0 && quad(word));
const shift = (word: number): boolean => (word & 0x0078_0000) !== 0;
const shiftWhole = (word: number): boolean => (word & 0x0040_0000) === 0 || quad(word);

export const OPERAND_RULES: readonly ((word: number) => boolean)[] = [
  () => true,
  bitmask,
  (word) => ((word >>> 10) & 7) <= 4,
  (word) => word >>> 30 !== 3,
  (word) => (word & 0x0001_0001) === 0,
  (word) => (word & 1) === 0 && field(word, 0) < 24,
  copy,
  pstate,
  float,
  (word) => float(word) && (word < 0 || (word & 0x8000) !== 0),
  (word) => float(word) && (((word >>> 17) & 15) !== 1 || ((word >>> 15) & 3) !== size(word)),
  (word) => ((word >>> 10) & 3) !== 3 || quad(word),
  (word) => size(word) !== 3 || quad(word),
  (word) => (word & 0x0040_0000) === 0 || quad(word),
  wholeLane,
  lane,
  (word) => (word & 0x0003_0000) !== 0 || ((word & 0x0004_0000) !== 0 && quad(word)),
  (word) => (quad(word) ? (word & 0x000f_0000) === 0x0008_0000 : (word & 0x0007_0000) !== 0),
  shift,
  (word) => shift(word) && shiftWhole(word),
  (word) => (word & 0x0070_0000) !== 0,
  (word) => (word & 0x0070_0000) !== 0 && shiftWhole(word),
  signedPair,
];
