/** A run of printable characters: ASCII, or the same in UTF-16LE. */
interface PrintableString {
  readonly value: string;
  readonly encoding: 'ascii' | 'utf-16le';
}

export interface PrintableStrings {
  /** Distinct, in the order of their first places. */
  readonly strings: readonly PrintableString[];
  /** There are more than were asked for. */
  readonly cut: boolean;
}

/** Characters: shorter runs are there by chance. */
const SHORTEST = 6;
/** Characters: the rest of a longer run is left out. */
const LONGEST = 400;

const isPrintable = (byte: number): boolean => byte >= 0x20 && byte < 0x7f;

/** Length in characters of the run at `at`, of which each has `width` bytes, the second being zero. */
function runAt(bytes: Uint8Array, at: number, width: 1 | 2): number {
  let length = 0;
  for (let i = at; i + width <= bytes.length; i += width) {
    if (!isPrintable(bytes[i] ?? 0) || (width === 2 && bytes[i + 1] !== 0)) break;
    length++;
  }
  return length;
}

/**
 * Printable strings of a file, at most `most`. A UTF-16 run is found at even and odd places. Pure; time is
 * proportional to the bytes, memory to `most`.
 */
export function printableStrings(bytes: Uint8Array, most: number): PrintableStrings {
  const found = new Map<string, PrintableString>();
  for (let at = 0; at < bytes.length; ) {
    const wide = runAt(bytes, at, 2);
    const width = wide >= SHORTEST ? 2 : 1;
    const length = width === 2 ? wide : runAt(bytes, at, 1);
    if (length >= SHORTEST) {
      let value = '';
      for (let i = 0; i < Math.min(length, LONGEST); i++) value += String.fromCharCode(bytes[at + i * width] ?? 0);
      const encoding = width === 2 ? 'utf-16le' : 'ascii';
      const key = `${encoding}:${value}`;
      if (!found.has(key)) {
        if (found.size === most) return { strings: [...found.values()], cut: true };
        found.set(key, { value, encoding });
      }
    }
    // A short ASCII run may end in the first character of a UTF-16 one.
    at += length >= SHORTEST ? length * width : Math.max(1, length - 1);
  }
  return { strings: [...found.values()], cut: false };
}
