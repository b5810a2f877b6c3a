import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, open, rm, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { detectFormat } from '@genehound/binary';
import { arMembers } from './ar.ts';
import { ArchiveError } from './archive-error.ts';
import { Budget, BudgetError, ByteStream, type Limits } from './byte-stream.ts';
import { type ContainerKind, containerKind, KIND_HEAD } from './container-kind.ts';
import { cpioMembers } from './cpio.ts';
import { type Compression, decompress } from './decompress.ts';
import { Body, type Member } from './member.ts';
import { alpineFacts, debianFacts, type PackageFacts } from './package-facts.ts';
import { readRpmHeaders } from './rpm.ts';
import { sevenZipMembers } from './seven-zip.ts';
import { tarMembers } from './tar.ts';
import { type RandomAccess, zipMembers } from './zip.ts';

/** An executable image in an archive, however deep. */
export interface ArchivedImage {
  /** Names of the archives within the archive and of the file, as `data.tar > usr/bin/ls`. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** The innermost package that it is of. */
  readonly package: PackageFacts | null;
}

export interface ArchiveOptions {
  /** Bytes of an image: larger ones are told as problems. */
  readonly largest: number;
  /** True for files that are wanted though they are no images, by their first bytes. */
  readonly alsoTake?: (head: Uint8Array) => boolean;
  /** A file that is no image, by its first bytes. */
  readonly onOther: (head: Uint8Array) => void;
  /** One sentence each: an archive in the archive that cannot be read, an image that is too large. */
  readonly onProblem: (sentence: string) => void;
  readonly limits?: Limits;
}

/** Archives within archives; a package of a mirror's image has six. */
const DEEPEST = 8;
/** Formats within formats, streams that were packed again and again included: a stream may unpack to itself. */
const DEEPEST_FORMATS = 2 * DEEPEST;
const MOST_ENTRIES = 3_000_000;
/** Sentences about one archive, and characters of the names in each: a name may have a megabyte. */
const MOST_PROBLEMS = 1_000;
const LONGEST_NAME = 300;
/** A package's own text. */
const LARGEST_TEXT = 1 << 20;
/** Archives within archives that are to be read anywhere are held in memory up to this size, else in a file. */
const LARGEST_IN_MEMORY = 32 * 2 ** 20;
/** Of what is free for temporary files, what one of them may take. */
const SHARE_OF_DISK = 0.8;

/** What an archive of this size may unpack to: honest ones reach tenfold, executables and zeros a hundredfold. */
function limitsFor(size: number): Limits {
  return { entries: MOST_ENTRIES, bytes: 2 ** 30 + 400 * size };
}

const COMPRESSIONS: readonly ContainerKind[] = ['gzip', 'xz', 'bzip2', 'zstd', 'lzma'] satisfies Compression[];
const isCompression = (kind: ContainerKind): kind is Compression => COMPRESSIONS.includes(kind);

/** What is known on the way to an image. */
interface Place {
  readonly names: readonly string[];
  /** Filled while a package is read: its facts stand before its files. */
  readonly scope: { facts: PackageFacts | null };
  /** Formats that were opened to come here. */
  readonly depth: number;
}

class Walk {
  readonly #options: ArchiveOptions;
  readonly #budget: Budget;
  readonly #temporary: { path: string | null } = { path: null };
  #files = 0;
  #told = 0;

  constructor(options: ArchiveOptions, budget: Budget) {
    this.#options = options;
    this.#budget = budget;
  }

  /** `file`: path on disk of the very bytes of the body. */
  async *open(body: Body, place: Place, file: string | null): AsyncGenerator<ArchivedImage, void, undefined> {
    const kind = containerKind(await body.peek(KIND_HEAD));
    if (kind === null) throw new ArchiveError('It is no archive that can be read');
    yield* this.#openAs(kind, body, place, file);
  }

  /** `name`: of the whole archive. */
  async close(name: string): Promise<void> {
    const more = this.#told - MOST_PROBLEMS;
    if (more > 0) this.#options.onProblem(`${name}: ${more} more entries could not be read`);
    if (this.#temporary.path !== null) await rm(this.#temporary.path, { recursive: true, force: true });
  }

  async *#openAs(kind: ContainerKind, body: Body, from: Place, file: string | null): AsyncGenerator<ArchivedImage> {
    const place = { ...from, depth: from.depth + 1 };
    if (place.depth > DEEPEST_FORMATS) throw new ArchiveError(`It is packed more than ${DEEPEST_FORMATS} times`);
    if (isCompression(kind)) {
      yield* this.#unpacked(kind, body, place);
      return;
    }
    const scoped = kind === 'ar' || kind === 'tar' ? { ...place, scope: { facts: place.scope.facts } } : place;
    if (kind === 'rpm') yield* this.#rpm(body, place);
    else if (kind === 'tar' || kind === 'cpio' || kind === 'ar') {
      const stream = this.#streamOf(body);
      const members = { tar: tarMembers, cpio: cpioMembers, ar: arMembers }[kind](stream, this.#budget);
      // Debian's control file lies in an archive of its own within the package: facts go up to the package.
      yield* this.#members(members, isDebianPart(place.names) ? place : scoped);
    } else yield* this.#onDisk(kind, body, place, file);
  }

  /** A compressed stream: of an archive, or of one file. */
  async *#unpacked(kind: Compression, body: Body, place: Place): AsyncGenerator<ArchivedImage> {
    const stream = new ByteStream(decompress(kind, body.chunks()), this.#budget);
    try {
      const inner = new Body(stream, null);
      const head = await inner.peek(KIND_HEAD);
      // Alpine's packages are three compressed archives, one after another, as one.
      const found = containerKind(head);
      if (found !== null) yield* this.#openAs(found, inner, place, null);
      else yield* this.#member({ path: '', body: inner }, place);
      // Only whole is it as it was packed; of what is no archive, nobody wants the rest.
      if (found !== null) await stream.drain();
    } finally {
      await stream.close();
    }
  }

  async *#rpm(body: Body, place: Place): AsyncGenerator<ArchivedImage> {
    const stream = this.#streamOf(body);
    const facts = await readRpmHeaders(stream);
    const payload = new Body(stream, null);
    const head = await payload.peek(KIND_HEAD);
    // The old format of LZMA has no magic.
    const kind = containerKind(head) ?? (head[0] === 0x5d ? 'lzma' : null);
    if (kind === null) throw new ArchiveError('The package has files packed in a way that is not read');
    yield* this.#openAs(kind, payload, { ...place, scope: { facts } }, null);
  }

  /** Archives that are read by place, not from the beginning to the end. */
  async *#onDisk(kind: ContainerKind, body: Body, place: Place, file: string | null): AsyncGenerator<ArchivedImage> {
    const small = kind === 'zip' && body.size !== null && body.size <= LARGEST_IN_MEMORY && file === null;
    if (small) {
      const bytes = (await body.all(LARGEST_IN_MEMORY)) ?? new Uint8Array(0);
      yield* this.#zip(inMemory(bytes), place);
      return;
    }
    const path = file ?? (await this.#spool(body));
    try {
      if (kind !== 'zip') {
        yield* this.#members(sevenZipMembers(path, kind, this.#budget), place);
        return;
      }
      const handle = await open(path, 'r');
      try {
        yield* this.#zip(onDisk(handle, (await handle.stat()).size), place);
      } finally {
        await handle.close();
      }
    } finally {
      if (file === null) await rm(path, { force: true });
    }
  }

  /** Entries stand for themselves: one that is damaged costs no other. */
  async *#zip(bytes: RandomAccess, place: Place): AsyncGenerator<ArchivedImage> {
    const tell = (path: string, why: string): void => this.#tell([...place.names, path], why);
    for await (const member of zipMembers(bytes, this.#budget, tell)) {
      try {
        yield* this.#member(member, place);
      } catch (error) {
        if (!(error instanceof ArchiveError) || error instanceof BudgetError) throw error;
        tell(member.path, error.message);
      }
    }
  }

  async *#members(members: AsyncGenerator<Member>, place: Place): AsyncGenerator<ArchivedImage> {
    for await (const member of members) yield* this.#member(member, place);
  }

  async *#member({ path, body }: Member, place: Place): AsyncGenerator<ArchivedImage> {
    const { scope, depth } = place;
    const names = path === '' ? place.names : [...place.names, path];
    const head = await body.peek(KIND_HEAD);
    if (detectFormat(head) !== 'raw' || this.#options.alsoTake?.(head) === true) {
      const bytes = await body.all(this.#options.largest);
      if (bytes === null) this.#tell(names, `it is larger than ${this.#options.largest} bytes`);
      else yield { path: names.slice(1).join(' > ') || (names[0] ?? ''), bytes, package: scope.facts };
      return;
    }
    if (await this.#readFacts(path, body, place)) return;
    const kind = containerKind(head);
    if (kind === null) {
      this.#options.onOther(head);
      return;
    }
    if (names.length > DEEPEST) {
      this.#tell(names, `it lies in more than ${DEEPEST} archives`);
      return;
    }
    const inner = { names, depth, scope: isDebianPart(names) ? scope : { facts: scope.facts } };
    try {
      yield* this.#openAs(kind, body, inner, null);
    } catch (error) {
      if (!(error instanceof ArchiveError) || error instanceof BudgetError) throw error;
      this.#tell(names, error.message);
    }
  }

  /** True where the file was a package's word about itself. */
  async #readFacts(path: string, body: Body, { names, scope }: Place): Promise<boolean> {
    const isDebian = path === 'control' && /^control\.tar/.test(names.at(-1) ?? '');
    const isAlpine = path === '.PKGINFO';
    // The version of Debian's format: a part of the package, not of what is in it.
    if (path === 'debian-binary') return true;
    if (!isDebian && !isAlpine) return false;
    const bytes = await body.all(LARGEST_TEXT);
    if (bytes === null) return false;
    const text = new TextDecoder().decode(bytes);
    scope.facts = (isDebian ? debianFacts(text) : alpineFacts(text)) ?? scope.facts;
    return true;
  }

  #tell(names: readonly string[], why: string): void {
    this.#told += 1;
    if (this.#told <= MOST_PROBLEMS) this.#options.onProblem(`${shortened(names.join(' > '))}: ${why}`);
  }

  #streamOf(body: Body): ByteStream {
    // What is read again from a stream was counted when it was unpacked.
    return new ByteStream(body.chunks(), NO_BUDGET);
  }

  async #spool(body: Body): Promise<string> {
    this.#temporary.path ??= await mkdtemp(join(tmpdir(), 'genehound-archive-'));
    this.#files += 1;
    const path = join(this.#temporary.path, String(this.#files));
    const { bavail, bsize } = await statfs(this.#temporary.path);
    const room = Math.floor(bavail * bsize * SHARE_OF_DISK);
    if ((body.size ?? 0) > room) throw noRoom(body.size, room);
    try {
      await pipeline(upTo(room, body), createWriteStream(path, { mode: 0o600 }));
    } catch (error) {
      await rm(path, { force: true });
      if (error instanceof Error && 'code' in error && error.code === 'ENOSPC')
        throw new ArchiveError('It needs more room on disk than there is', { cause: error });
      throw error;
    }
    return path;
  }
}

const shortened = (name: string): string => (name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name);

const noRoom = (size: number | null, room: number): ArchiveError =>
  new ArchiveError(`It needs ${size ?? 'more'} bytes on disk, of which ${room} may be used`);

/** Of a compressed stream only its end tells the size. */
async function* upTo(room: number, body: Body): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  for await (const part of body.chunks()) {
    bytes += part.length;
    if (bytes > room) throw noRoom(body.size, room);
    yield part;
  }
}

const NO_BUDGET = new Budget({ entries: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY });

/** `control.tar.*` and `data.tar.*` of a Debian package share its facts. */
function isDebianPart(names: Place['names']): boolean {
  return names.length > 1 && /^(control|data)\.tar(\.\w+)?$/.test(names.at(-1) ?? '');
}

const inMemory = (bytes: Uint8Array): RandomAccess => ({
  size: bytes.length,
  read: async (at, length) => bytes.subarray(at, at + length),
});

const onDisk = (handle: Awaited<ReturnType<typeof open>>, size: number): RandomAccess => ({
  size,
  async read(at, length) {
    if (!Number.isSafeInteger(at) || at < 0 || at >= size) return new Uint8Array(0);
    const bytes = new Uint8Array(Math.min(length, size - at));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, at);
    return bytes.subarray(0, bytesRead);
  },
});

/**
 * Every executable image in an archive on disk: tar, cpio, ar, rpm, apk, zip and their compressions here, 7z, CAB, WIM,
 * ISO and disk images by the system's 7-Zip; archives in it are opened too. No name in it is ever used as one. Throws
 * ArchiveError where the archive itself cannot be read or wants more than `limits`; what was yielded before stays valid.
 */
export async function* imagesIn(path: string, options: ArchiveOptions): AsyncGenerator<ArchivedImage, void, undefined> {
  const { size } = await stat(path);
  const budget = new Budget(options.limits ?? limitsFor(size));
  const walk = new Walk(options, budget);
  // The file itself is no unpacked byte.
  const stream = new ByteStream(createReadStream(path, { highWaterMark: 1 << 18 }), NO_BUDGET);
  try {
    const place = { names: [basename(path)], scope: { facts: null }, depth: 0 };
    yield* walk.open(new Body(stream, size), place, resolve(path));
  } catch (error) {
    if (error instanceof Error && 'syscall' in error && error.syscall === 'read')
      throw new ArchiveError(`It cannot be read: ${error.message}`, { cause: error });
    throw error;
  } finally {
    await stream.close();
    await walk.close(basename(path));
  }
}
