import { pipeline, Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { ArchiveError } from './archive-error.ts';
import { type Budget, ByteStream } from './byte-stream.ts';
import { Body, type Member } from './member.ts';

/** Bytes that can be read anywhere. */
export interface RandomAccess {
  readonly size: number;
  /** Fewer at the end. */
  read(at: number, length: number): Promise<Uint8Array>;
}

/** ZIP (APPNOTE.TXT 6.3): the directory at the end says what there is; ZIP64 where sizes need it. */

const END = 22;
const END64_LOCATOR = 20;
const LONGEST_COMMENT = 65_535;
const LARGEST_DIRECTORY = 256 * 2 ** 20;
const CENTRAL = 46;
const LOCAL = 30;
const ENCRYPTED = 1;
const UNKNOWN_32 = 0xffff_ffff;
const METHODS: Readonly<Record<number, string>> = {
  9: 'Deflate64',
  12: 'bzip2',
  14: 'LZMA',
  93: 'zstd',
  95: 'xz',
  98: 'PPMd',
  99: 'AES',
};
const decoder = new TextDecoder();

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const big = (bytes: DataView, at: number): number => Number(bytes.getBigUint64(at, true));

interface Directory {
  readonly at: number;
  readonly size: number;
  /** Bytes that stand before the archive, as in a program that unpacks itself. */
  readonly shift: number;
}

async function findDirectory(file: RandomAccess): Promise<Directory> {
  const tailAt = Math.max(0, file.size - END - LONGEST_COMMENT - END64_LOCATOR);
  const tail = Buffer.from(await file.read(tailAt, file.size - tailAt));
  const found = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (found < 0 || found + END > tail.length) throw new ArchiveError('The archive has no directory: it may be cut');
  const [size, at] = [tail.readUInt32LE(found + 12), tail.readUInt32LE(found + 16)];
  const locator = found - END64_LOCATOR;
  if (locator >= 0 && tail.readUInt32LE(locator) === 0x0706_4b50) {
    const record = await file.read(big(view(tail), locator + 8), 56);
    if (record.length === 56 && view(record).getUint32(0, true) === 0x0606_4b50)
      return { at: big(view(record), 48), size: big(view(record), 40), shift: 0 };
  }
  return { at, size, shift: Math.max(0, tailAt + found - at - size) };
}

interface Entry {
  readonly path: string;
  readonly method: number;
  readonly flags: number;
  readonly packed: number;
  readonly size: number;
  readonly at: number;
  readonly crc: number;
}

/** Sizes and place of an entry that ZIP64's extra field says in place of 0xffffffff, in this order. */
function wide(extra: DataView, values: readonly [number, number, number]): readonly [number, number, number] {
  for (let at = 0; at + 4 <= extra.byteLength; ) {
    const [id, length] = [extra.getUint16(at, true), extra.getUint16(at + 2, true)];
    if (id === 1) {
      let next = at + 4;
      const end = Math.min(extra.byteLength, next + length);
      const take = (value: number): number => {
        if (value !== UNKNOWN_32 || next + 8 > end) return value;
        next += 8;
        return big(extra, next - 8);
      };
      return [take(values[0]), take(values[1]), take(values[2])];
    }
    at += 4 + length;
  }
  return values;
}

function* entriesOf(directory: Uint8Array, shift: number): Generator<Entry> {
  const bytes = view(directory);
  for (let at = 0; at + CENTRAL <= bytes.byteLength; ) {
    if (bytes.getUint32(at, true) !== 0x0201_4b50)
      throw new ArchiveError('The archive has a directory that is not valid');
    const [name, extra, comment] = [28, 30, 32].map((place) => bytes.getUint16(at + place, true)) as [
      number,
      number,
      number,
    ];
    const extraAt = at + CENTRAL + name;
    const next = extraAt + extra + comment;
    if (next > bytes.byteLength) throw new ArchiveError('The archive has a directory that is cut');
    const claimed = [24, 20, 42].map((place) => bytes.getUint32(at + place, true)) as [number, number, number];
    const [size, packed, place] = wide(view(directory.subarray(extraAt, extraAt + extra)), claimed);
    const path = decoder.decode(directory.subarray(at + CENTRAL, extraAt));
    yield {
      path,
      method: bytes.getUint16(at + 10, true),
      flags: bytes.getUint16(at + 8, true),
      size,
      packed,
      at: place + shift,
      crc: bytes.getUint32(at + 16, true),
    };
    at = next;
  }
}

async function* piecesOf(
  file: RandomAccess,
  from: number,
  length: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = from; at < from + length; ) {
    const piece = await file.read(at, Math.min(1 << 20, from + length - at));
    if (piece.length === 0) throw new ArchiveError('The archive ends within an entry');
    at += piece.length;
    yield piece;
  }
}

async function* inflate(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const unpack = createInflateRaw();
  const input = Readable.from(source);
  pipeline(input, unpack, () => undefined);
  try {
    yield* unpack as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (error instanceof ArchiveError) throw error;
    throw new ArchiveError('An entry is damaged', { cause: error });
  } finally {
    input.destroy();
    unpack.destroy();
  }
}

/** The same bytes; throws ArchiveError in place of the last of them where they are not those that were packed. */
async function* checked(
  source: AsyncIterable<Uint8Array>,
  { size, crc }: Entry,
): AsyncGenerator<Uint8Array, void, undefined> {
  let seen = 0;
  let sum = 0;
  for await (const piece of source) {
    const part = piece.subarray(0, size - seen);
    seen += part.length;
    sum = crc32(part, sum);
    if (seen === size && sum !== crc) throw new ArchiveError('An entry is damaged');
    yield part;
    if (seen === size) return;
  }
}

/** Where the entry's bytes begin: its own header may be longer than the directory says. Or why they begin nowhere. */
async function placeOf(file: RandomAccess, { at, packed }: Entry): Promise<number | string> {
  const header = await file.read(at, LOCAL);
  if (header.length < LOCAL || view(header).getUint32(0, true) !== 0x0403_4b50)
    return 'it is not where its directory says';
  const begin = at + LOCAL + view(header).getUint16(26, true) + view(header).getUint16(28, true);
  return begin + packed > file.size ? 'the archive ends within it' : begin;
}

/**
 * The files of a ZIP archive, in the order of its directory. What is encrypted or packed in a way that is not read here
 * is told to `onProblem`. Throws ArchiveError; what was yielded before stays valid.
 */
export async function* zipMembers(
  file: RandomAccess,
  budget: Budget,
  onProblem: (path: string, why: string) => void,
): AsyncGenerator<Member, void, undefined> {
  const { at, size, shift } = await findDirectory(file);
  if (size > LARGEST_DIRECTORY) throw new ArchiveError(`The archive claims a directory of ${size} bytes`);
  const directory = await file.read(at + shift, size);
  if (directory.length < size) throw new ArchiveError('The archive has a directory that is cut');
  for (const entry of entriesOf(directory, shift)) {
    budget.takeEntry();
    if (entry.path.endsWith('/') || entry.size === 0) continue;
    if ((entry.flags & ENCRYPTED) !== 0) onProblem(entry.path, 'it is encrypted');
    else if (entry.method !== 0 && entry.method !== 8)
      onProblem(entry.path, `it is packed by ${METHODS[entry.method] ?? `method ${entry.method}`}, which is not read`);
    else {
      const place = await placeOf(file, entry);
      if (typeof place === 'string') {
        onProblem(entry.path, place);
        continue;
      }
      const packed = piecesOf(file, place, entry.packed);
      const stream = new ByteStream(checked(entry.method === 0 ? packed : inflate(packed), entry), budget);
      try {
        yield { path: entry.path, body: new Body(stream, entry.size) };
      } finally {
        await stream.close();
      }
    }
  }
}
