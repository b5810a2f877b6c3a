/**
 * Reads tar streams (ustar, GNU long names, pax), as Debian packages and npm tarballs are. Nothing is written
 * anywhere, so names matter only as names. Every size in the stream is a claim: all of them are bounded.
 */

import { ArchiveError } from './archive-error.ts';
import { Budget, ByteStream } from './byte-stream.ts';
import { Body, type Member } from './member.ts';

const BLOCK = 512;

export interface TarHeader {
  /** Without leading `./` and `/`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

export interface TarFile extends TarHeader {
  readonly bytes: Uint8Array;
}

export interface TarLimits {
  /** Entries in the whole archive. */
  readonly entries: number;
  /** Bytes of one long name or pax header. */
  readonly metadata: number;
  /** Bytes of the whole archive. */
  readonly total: number;
}

export const TAR_LIMITS: TarLimits = { entries: 500_000, metadata: 1 << 20, total: 8 * 2 ** 30 };

const decoder = new TextDecoder();

function textAt(block: Uint8Array, at: number, length: number): string {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return decoder.decode(end < 0 ? field : field.subarray(0, end));
}

/** Octal, or GNU's base 256 where the first bit is set. */
function numberAt(block: Uint8Array, at: number, length: number): number {
  const first = block[at] ?? 0;
  if (first >= 0x80) {
    let value = first & 0x7f;
    for (let i = 1; i < length; i += 1) value = value * 256 + (block[at + i] ?? 0);
    if (!Number.isSafeInteger(value)) throw new ArchiveError('The archive claims an absurd size');
    return value;
  }
  const text = textAt(block, at, length).trim();
  if (!/^[0-7]*$/.test(text)) throw new ArchiveError('The archive has a header that is not valid');
  return text === '' ? 0 : Number.parseInt(text, 8);
}

function checkSum(block: Uint8Array): void {
  const claimed = numberAt(block, 148, 8);
  let sum = 0;
  for (let i = 0; i < BLOCK; i += 1) sum += i >= 148 && i < 156 ? 0x20 : (block[i] ?? 0);
  if (sum !== claimed) throw new ArchiveError('The archive has a header whose check sum is wrong');
}

/** `<length> <key>=<value>\n` records; what is malformed ends the list. */
function paxRecords(bytes: Uint8Array): Map<string, string> {
  const records = new Map<string, string>();
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(0x20, at);
    if (space < 0) break;
    const length = Number(decoder.decode(bytes.subarray(at, space)));
    if (!Number.isInteger(length) || length <= space - at || at + length > bytes.length) break;
    const record = decoder.decode(bytes.subarray(space + 1, at + length - 1));
    const equals = record.indexOf('=');
    if (equals > 0) records.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return records;
}

interface Overrides {
  path?: string;
  size?: number;
}

async function readMetadata(stream: ByteStream, size: number, most: number): Promise<Uint8Array> {
  if (size > most) throw new ArchiveError(`The archive claims a name of ${size} bytes`);
  const bytes = new Uint8Array(size);
  if ((await stream.fill(bytes)) < size) throw new ArchiveError('The archive ends within a name');
  await stream.skip(padding(size));
  return bytes;
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

function overridesFrom(type: string, bytes: Uint8Array): Overrides {
  if (type === 'L') return { path: textAt(bytes, 0, bytes.length) };
  const records = paxRecords(bytes);
  const result: Overrides = {};
  const path = records.get('path');
  if (path !== undefined) result.path = path;
  const size = records.get('size');
  if (size !== undefined) {
    if (!/^\d{1,15}$/.test(size)) throw new ArchiveError('The archive claims a size that is not a number');
    result.size = Number(size);
  }
  return result;
}

function headerOf(block: Uint8Array, overrides: Overrides): TarHeader {
  const isUstar = textAt(block, 257, 5) === 'ustar' && block[262] === 0;
  const prefix = isUstar ? textAt(block, 345, 155) : '';
  const own = textAt(block, 0, 100);
  const path = overrides.path ?? (prefix === '' ? own : `${prefix}/${own}`);
  return { path: path.replace(/^(\.?\/)+/, ''), size: overrides.size ?? numberAt(block, 124, 12) };
}

const HEAD = 64;

/**
 * The regular files of a tar stream, in its order. Throws ArchiveError; what was yielded before stays valid.
 * `metadata`: bytes of one long name or pax header.
 */
export async function* tarMembers(
  stream: ByteStream,
  budget: Budget,
  metadata = TAR_LIMITS.metadata,
): AsyncGenerator<Member, void, undefined> {
  const block = new Uint8Array(BLOCK);
  let overrides: Overrides = {};
  for (;;) {
    const got = await stream.fill(block);
    if (got < BLOCK) throw new ArchiveError(got === 0 ? 'The archive ends without its end mark' : 'The archive is cut');
    if (block.every((byte) => byte === 0)) {
      // Read to its end, so that whoever writes the stream can end well and says so where it did not.
      await stream.drain();
      return;
    }
    budget.takeEntry();
    checkSum(block);
    const type = String.fromCharCode(block[156] ?? 0);
    if (type === 'L' || type === 'K' || type === 'x' || type === 'g') {
      const bytes = await readMetadata(stream, numberAt(block, 124, 12), metadata);
      if (type === 'L' || type === 'x') overrides = { ...overrides, ...overridesFrom(type, bytes) };
      continue;
    }
    const { path, size } = headerOf(block, overrides);
    overrides = {};
    // Links, devices and folders have no body, whatever their header says; kinds that we do not know have one.
    if (type >= '1' && type <= '6') continue;
    const body = new Body(stream, size);
    if (type === '0' || type === '\0' || type === '7') yield { path, body };
    await body.finish();
    await stream.skip(padding(size));
  }
}

/**
 * Yields the regular files for which `wants` says yes, whole; it is shown the header and the first 64 bytes (or
 * fewer) and must keep to what memory allows. Throws ArchiveError; what was yielded before stays valid.
 */
export async function* readTar(
  source: AsyncIterable<Uint8Array>,
  wants: (header: TarHeader, head: Uint8Array) => boolean,
  limits: TarLimits = TAR_LIMITS,
): AsyncGenerator<TarFile, void, undefined> {
  const budget = new Budget({ entries: limits.entries, bytes: limits.total });
  const stream = new ByteStream(source, budget);
  try {
    for await (const { path, body } of tarMembers(stream, budget, limits.metadata)) {
      const size = body.size ?? 0;
      const head = await body.peek(HEAD);
      if (head.length < Math.min(HEAD, size)) throw new ArchiveError('The archive ends within an entry');
      if (!wants({ path, size }, head)) continue;
      yield { path, size, bytes: (await body.all(size)) ?? new Uint8Array(0) };
    }
  } finally {
    await stream.close();
  }
}
