/** One element of DER (X.690). Places are indices into the bytes that were given. */
export interface Der {
  readonly tag: number;
  /** Where the element begins. */
  readonly at: number;
  /** Where its content begins. */
  readonly from: number;
  /** Behind its last byte. */
  readonly to: number;
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  /** `[0]`, constructed. */
  context0: 0xa0,
  context3: 0xa3,
} as const;

/** Bytes: no object identifier that is looked for has more. */
const LONGEST_OID = 24;

/** The element at `at` that ends at or before `limit`; null where there is none. No indefinite lengths, no long tags. */
export function derAt(bytes: Uint8Array, at: number, limit: number): Der | null {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined || at + 2 > limit || (tag & 0x1f) === 0x1f) return null;
  if (first < 0x80) return at + 2 + first <= limit ? { tag, at, from: at + 2, to: at + 2 + first } : null;
  const count = first & 0x7f;
  if (count === 0 || count > 4 || at + 2 + count > limit) return null;
  let length = 0;
  for (let i = 0; i < count; i++) length = length * 256 + (bytes[at + 2 + i] ?? 0);
  const from = at + 2 + count;
  return from + length <= limit ? { tag, at, from, to: from + length } : null;
}

/** The elements within `[from, to)`, which they fill; null where they do not, or are more than `most`. */
export function elementsIn(
  bytes: Uint8Array,
  { from, to }: Pick<Der, 'from' | 'to'>,
  most: number,
): readonly Der[] | null {
  const list: Der[] = [];
  for (let at = from; at < to; ) {
    const next = derAt(bytes, at, to);
    if (next === null || list.length >= most) return null;
    list.push(next);
    at = next.to;
  }
  return list;
}

/** The element and its header. */
export function whole(bytes: Uint8Array, { at, to }: Der): Uint8Array {
  return bytes.subarray(at, to);
}

export function contentOf(bytes: Uint8Array, { from, to }: Der): Uint8Array {
  return bytes.subarray(from, to);
}

/** An object identifier as dotted numbers; '' where the element is none, or a longer one than any that is known. */
export function oidOf(bytes: Uint8Array, der: Der | undefined): string {
  if (der?.tag !== TAG.oid || der.to - der.from > LONGEST_OID) return '';
  const arcs: number[] = [];
  let value = 0;
  for (let i = der.from; i < der.to; i++) {
    const byte = bytes[i] ?? 0;
    value = value * 128 + (byte & 0x7f);
    if (!Number.isSafeInteger(value)) return '';
    if (byte >= 0x80) continue;
    if (arcs.length === 0) {
      const top = Math.min(2, Math.floor(value / 40));
      arcs.push(top, value - 40 * top);
    } else arcs.push(value);
    value = 0;
  }
  return arcs.join('.');
}

/** A UTCTime or GeneralizedTime in UTC as milliseconds since 1970; null for any other. Fractions of seconds are cut. */
export function timeOf(bytes: Uint8Array, der: Der | undefined): number | null {
  if (der === undefined || der.to - der.from > 30) return null;
  const text = String.fromCharCode(...contentOf(bytes, der));
  const form =
    der.tag === TAG.utcTime
      ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/
      : der.tag === TAG.generalizedTime
        ? /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d+)?Z$/
        : null;
  const found = form?.exec(text);
  if (found === null || found === undefined) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1).map(Number);
  const full = der.tag === TAG.utcTime ? year + (year < 50 ? 2000 : 1900) : year;
  const time = Date.UTC(full, month - 1, day, hour, minute, second);
  const again = new Date(time);
  return again.getUTCMonth() === month - 1 && again.getUTCDate() === day && hour < 24 && minute < 60 ? time : null;
}
