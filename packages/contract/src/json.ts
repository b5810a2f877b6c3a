/**
 * JSON whose integers keep every digit. Addresses and FILETIMEs on the public wire are plain numbers beyond
 * 2^53 (docs/glossary.md); `JSON.parse` alone would round them.
 */

const integer = /^-?\d+$/;

/** Where a number begins and, now and then, within a text: so many digits as every integer outside the safe range has. */
const manyDigits = /(?:^|[\s:,[-])\d{16}/;

/** Parses JSON; an integer outside the safe range becomes a bigint. Throws SyntaxError as JSON.parse does. */
export function parseJson(text: string): unknown {
  // Calling back for every value takes nine times as long; hardly any document has such a number.
  if (!manyDigits.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
    const source = context?.source;
    return source !== undefined && source.length <= 40 && integer.test(source) ? BigInt(source) : value;
  });
}

type RawJson = { rawJSON: (text: string) => unknown };

function hasRawJson(value: object): value is RawJson {
  return 'rawJSON' in value;
}

/** Writes JSON; a bigint becomes a plain integer with all its digits. */
export function stringifyJson(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_key, inner: unknown) => {
      if (typeof inner !== 'bigint') return inner;
      return hasRawJson(JSON) ? JSON.rawJSON(inner.toString()) : inner.toString();
    },
    indent,
  );
}
