import { constants } from 'node:buffer';

const FEED = 0x0a;

/** A line has more bytes than the caller takes. */
export class LineTooLong extends Error {}

/**
 * The lines of UTF-8 text, without their line feeds. Nothing else ends one: JSON has U+2028 within its strings, where
 * node:readline would cut it. Throws LineTooLong where one is longer than `longest` bytes, at most what a string can be.
 */
export async function* textLines(
  chunks: AsyncIterable<Uint8Array>,
  longest: number = constants.MAX_STRING_LENGTH,
): AsyncGenerator<string> {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  const keep = (part: Uint8Array): void => {
    bytes += part.length;
    if (bytes > longest) throw new LineTooLong('A line is longer than any may be');
    if (part.length > 0) parts.push(part);
  };
  const take = (): string => {
    const line = Buffer.concat(parts).toString('utf8');
    parts = [];
    bytes = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(FEED); at >= 0; at = chunk.indexOf(FEED, from)) {
      keep(chunk.subarray(from, at));
      yield take();
      from = at + 1;
    }
    keep(chunk.subarray(from));
  }
  if (bytes > 0) yield take();
}
