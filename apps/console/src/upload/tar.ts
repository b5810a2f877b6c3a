/** A tar archive as its regular files: ustar, with the long names of GNU and of POSIX. It comes from an endpoint: hostile. */

const BLOCK = 512;
/** Bytes of a header that only holds a longer name. */
const MOST_NAME = 65_536;

export interface TarEntry {
  readonly path: string;
  /** Bytes of its content from the start of the archive. */
  readonly at: number;
  readonly size: number;
}

/** What an archive gives of itself, so that only headers are read. Answers fewer bytes where it ends. */
export type ReadAt = (at: number, size: number) => Promise<Uint8Array>;

const decoder = new TextDecoder();

function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decoder.decode(end === -1 ? bytes : bytes.subarray(0, end));
}

/** Octal, or GNU's binary form for what is larger; NaN where it is neither. */
function numberOf(bytes: Uint8Array): number {
  if (((bytes[0] ?? 0) & 0x80) !== 0) {
    let value = (bytes[0] ?? 0) & 0x7f;
    for (const byte of bytes.subarray(1)) value = value * 256 + byte;
    return value;
  }
  const digits = textOf(bytes).trim();
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : digits === '' ? 0 : Number.NaN;
}

function hasChecksum(header: Uint8Array): boolean {
  let sum = 0;
  for (const [at, byte] of header.entries()) sum += at >= 148 && at < 156 ? 32 : byte;
  return sum === numberOf(header.subarray(148, 156));
}

/** The path of a POSIX header, whose records are `length key=value`. */
function paxPath(bytes: Uint8Array): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(decoder.decode(bytes))?.[1];
}

function pathOf(header: Uint8Array): string {
  const isUstar = textOf(header.subarray(257, 263)).startsWith('ustar');
  const prefix = isUstar ? textOf(header.subarray(345, 500)) : '';
  const name = textOf(header.subarray(0, 100));
  return prefix === '' ? name : `${prefix}/${name}`;
}

/**
 * Its regular files in their order. Throws RangeError where it is none, is damaged, or has more entries than `most`; an
 * archive without its end is read as far as it goes.
 */
export async function tarEntries(read: ReadAt, most: number): Promise<readonly TarEntry[]> {
  const entries: TarEntry[] = [];
  let longer: string | undefined;
  for (let at = 0, headers = 0; ; headers += 1) {
    const header = await read(at, BLOCK);
    if (header.length < BLOCK || header.every((byte) => byte === 0)) return entries;
    if (headers >= most) throw new RangeError(`It has more than ${most} entries`);
    if (!hasChecksum(header)) throw new RangeError(`There is no tar header at byte ${at}`);
    const size = numberOf(header.subarray(124, 136));
    if (!Number.isSafeInteger(size)) throw new RangeError(`The entry at byte ${at} has no size`);
    const kind = String.fromCharCode(header[156] ?? 0);
    const content = at + BLOCK;
    if (kind === 'L' || kind === 'x') {
      const bytes = await read(content, Math.min(size, MOST_NAME));
      longer = kind === 'L' ? textOf(bytes) : (paxPath(bytes) ?? longer);
    } else {
      if (kind === '0' || kind === '\0') entries.push({ path: longer ?? pathOf(header), at: content, size });
      longer = undefined;
    }
    at = content + Math.ceil(size / BLOCK) * BLOCK;
  }
}
