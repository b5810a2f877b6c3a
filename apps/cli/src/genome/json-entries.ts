/** One value below a key of the document's own object: `{"section": {"key": value}}`. */
export interface JsonEntry {
  readonly section: string;
  readonly key: string;
  /** The value's own JSON; null where it has more bytes than were allowed. */
  readonly text: string | null;
}

export class JsonCutOff extends Error {}

const [QUOTE, BACKSLASH, COMMA, COLON, OBJECT, SPACE] = [0x22, 0x5c, 0x2c, 0x3a, 0x7b, 0x20];
const isOpening = (byte: number): boolean => byte === 0x7b || byte === 0x5b;
const isClosing = (byte: number): boolean => byte === 0x7d || byte === 0x5d;
/** Bytes: no key that is looked for is longer. */
const LONGEST_KEY = 1_024;

/** A word between quotes as JSON means it; empty where it means nothing. */
function wordOf(bytes: readonly number[]): string {
  try {
    const word: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return typeof word === 'string' ? word : '';
  } catch {
    return '';
  }
}

/** Bytes of a value as they come, up to a bound. */
class Capture {
  readonly #parts: Buffer[] = [];
  readonly #largest: number;
  #bytes = 0;
  constructor(largest: number) {
    this.#largest = largest;
  }
  add(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes <= this.#largest) this.#parts.push(Buffer.from(part));
    else this.#parts.length = 0;
  }
  text(): string | null {
    return this.#bytes > this.#largest ? null : Buffer.concat(this.#parts).toString('utf8');
  }
}

/**
 * The entries of the named sections of a JSON document of any size, one in memory at a time. It reads the structure
 * alone: whether a value is JSON is for who parses its text. Throws JsonCutOff where the document does not end.
 */
export async function* jsonEntries(
  chunks: AsyncIterable<Buffer>,
  sections: readonly string[],
  largest: number,
): AsyncGenerator<JsonEntry> {
  let depth = 0;
  let inString = false;
  let escaped = false;
  let word: number[] = [];
  /** Keys by depth, and whether a value is expected at each of the two. */
  const keys = ['', '', ''];
  let isValue = false;
  let capture: Capture | null = null;
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (inString) {
        if (capture === null && word.length < LONGEST_KEY) word.push(byte);
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
        continue;
      }
      // No object, or behind it: nothing that is looked for can come, however long the document is.
      if (depth === 0 && byte !== OBJECT && (byte > SPACE || byte === 0)) return;
      if (byte === QUOTE) {
        inString = true;
        word = [byte];
      } else if (isOpening(byte)) {
        depth += 1;
        if (depth <= 2) isValue = false;
      } else if (byte === COLON && depth <= 2 && !isValue) {
        keys[depth] = wordOf(word);
        isValue = true;
        if (depth === 2 && sections.includes(keys[1] ?? '')) {
          capture = new Capture(largest);
          from = at + 1;
        }
      } else if (isClosing(byte) || (byte === COMMA && depth <= 2)) {
        if (depth === 2 && capture !== null) {
          capture.add(chunk.subarray(from, at));
          yield { section: keys[1] ?? '', key: keys[2] ?? '', text: capture.text() };
          capture = null;
        }
        // Back at depth 1 the value of its key has ended; only a comma begins another key.
        if (byte === COMMA) isValue = false;
        else {
          depth -= 1;
          isValue = true;
        }
      }
    }
    capture?.add(chunk.subarray(from));
  }
  if (depth !== 0 || inString) throw new JsonCutOff('it ends in the middle');
}
