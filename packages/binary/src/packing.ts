import type { ProblemList } from './problem-list.ts';

/** A section or segment as the packing rules see it. `offset` and `size` are of the bytes at hand, in bytes. */
export interface Piece {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly virtualSize: number;
  readonly executable: boolean;
}

/** Bits per byte. Machine code has 5 to 6.7, compressed or encrypted bytes 7.5 and more once there are some KB of them. */
const HIGH_ENTROPY = 7.2;
/** Smaller pieces have too few bytes for a meaningful entropy. */
const LEAST_SIZE = 4096;
/** Of a larger piece as many windows are looked at, evenly from its first byte to its last; `WINDOW` in bytes. */
const WINDOWS = 64;
const WINDOW = 4096;
/** Where more of the executable bytes than this share are dense, the program is not the code that will run. */
const LEAST_SHARE = 0.5;

/** Names that packers give the sections they make. One is a claim: it counts only together with dense bytes. */
const PACKERS: readonly (readonly [packer: string, names: RegExp])[] = [
  ['UPX', /^UPX[0-9!]/],
  ['ASPack', /^\.(aspack|adata)$/],
  ['MPRESS', /^\.MPRESS[12]$/],
  ['Petite', /^\.?petite$/i],
  ['PECompact', /^(PEC2|pec1|PEC2MO|PEC2TO)/],
  ['NsPack', /^\.?nsp[0-2]$/],
  ['VMProtect', /^\.vmp[0-3]$/],
  ['Themida', /^\.?(themida|winlice)/i],
  ['FSG', /^FSG!$/],
  ['Enigma', /^\.enigma[12]$/],
  ['MEW', /^MEW/],
];

/** Shannon entropy of a stretch, bits per byte, 0 to 8; of a longer one than `WINDOWS * WINDOW` bytes that of a sample. */
export function entropyOf(bytes: Uint8Array, offset: number, size: number): number {
  const length = Math.max(0, Math.min(size, bytes.length - offset));
  const counts = new Uint32Array(256);
  if (length <= WINDOWS * WINDOW) count(bytes, offset, offset + length, counts);
  else {
    for (let i = 0; i < WINDOWS; i++) {
      const from = offset + Math.floor(((length - WINDOW) * i) / (WINDOWS - 1));
      count(bytes, from, from + WINDOW, counts);
    }
  }
  const total = Math.min(length, WINDOWS * WINDOW);
  let bits = 0;
  for (const times of counts) if (times > 0) bits -= (times / total) * Math.log2(times / total);
  return bits;
}

function count(bytes: Uint8Array, from: number, to: number, counts: Uint32Array): void {
  for (let i = from; i < to; i++) {
    const byte = bytes[i] ?? 0;
    counts[byte] = (counts[byte] ?? 0) + 1;
  }
}

/**
 * Tells the problem list where the code in an image is not the code that it runs: compressed or encrypted, with a stub that
 * unpacks it. `packed` where a known packer left its marks, `probably-packed` by the bytes alone. Code that has been unpacked
 * in memory has no dense bytes and is no longer packed.
 */
export function reportPacking(
  bytes: Uint8Array,
  pieces: readonly Piece[],
  marked: string | null,
  problems: ProblemList,
): void {
  const present = pieces.filter(({ size }) => size >= LEAST_SIZE);
  const dense = present.filter(({ offset, size }) => entropyOf(bytes, offset, size) >= HIGH_ENTROPY);
  if (dense.length === 0) return;
  const packer = marked ?? PACKERS.find(([, names]) => pieces.some(({ name }) => names.test(name)))?.[0];
  if (packer !== undefined) {
    problems.add('packed', `Packed by ${packer}: its marks, and bytes with the entropy of compressed ones`);
    return;
  }
  const sum = (list: readonly Piece[]): number =>
    list.reduce((total, { executable, size }) => total + (executable ? size : 0), 0);
  const share = sum(dense) / Math.max(1, sum(pieces));
  const hollow = pieces.some(
    ({ executable, size, virtualSize }) => executable && size === 0 && virtualSize >= LEAST_SIZE,
  );
  if (share >= LEAST_SHARE) {
    const percent = Math.round(share * 100);
    problems.add(
      'probably-packed',
      `${percent} % of the executable bytes have the entropy of compressed or encrypted ones`,
    );
  } else if (hollow) {
    problems.add('probably-packed', 'An executable section without content, beside bytes as dense as compressed ones');
  }
}
