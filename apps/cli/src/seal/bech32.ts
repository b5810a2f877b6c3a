/** Bech32 (BIP 173), as age writes its keys: a prefix, "1", 5 bits a letter, six letters of checksum. */

const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATORS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const CHECKS = 6;

function checksum(prefix: string, values: readonly number[]): number {
  const letters = Array.from(prefix, (letter) => letter.charCodeAt(0));
  let sum = 1;
  for (const value of [...letters.map((code) => code >> 5), 0, ...letters.map((code) => code & 31), ...values]) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ value;
    GENERATORS.forEach((generator, bit) => {
      if (((top >>> bit) & 1) === 1) sum ^= generator;
    });
  }
  return sum >>> 0;
}

/** Regroups bits; null where the rest is no padding. */
function regroup(values: Iterable<number>, from: number, to: number, pad: boolean): number[] | null {
  const out: number[] = [];
  let bits = 0;
  let have = 0;
  for (const value of values) {
    bits = (bits << from) | value;
    have += from;
    while (have >= to) {
      have -= to;
      out.push(bits >>> have);
      bits &= (1 << have) - 1;
    }
  }
  if (pad && have > 0) out.push(bits << (to - have));
  return !pad && (have >= from || bits !== 0) ? null : out;
}

/** Lower case. `prefix` is in lower case, too. */
export function encodeBech32(prefix: string, bytes: Uint8Array): string {
  const values = regroup(bytes, 8, 5, true) ?? [];
  const sum = checksum(prefix, [...values, 0, 0, 0, 0, 0, 0]) ^ 1;
  const checks = Array.from({ length: CHECKS }, (_, index) => (sum >>> (5 * (CHECKS - 1 - index))) & 31);
  return `${prefix}1${[...values, ...checks].map((value) => ALPHABET.charAt(value)).join('')}`;
}

/** The bytes behind the prefix, or null where the text is not of this form. Takes lower case, or upper case, not both. */
export function decodeBech32(prefix: string, text: string): Uint8Array | null {
  const lower = text.toLowerCase();
  if (text !== lower && text !== text.toUpperCase()) return null;
  if (!lower.startsWith(`${prefix}1`) || lower.length > 200) return null;
  const values = Array.from(lower.slice(prefix.length + 1), (letter) => ALPHABET.indexOf(letter));
  if (values.length < CHECKS || values.includes(-1) || checksum(prefix, values) !== 1) return null;
  const bytes = regroup(values.slice(0, -CHECKS), 5, 8, false);
  return bytes === null ? null : Uint8Array.from(bytes);
}
