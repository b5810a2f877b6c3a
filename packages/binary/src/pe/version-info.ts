import { ProblemList } from '../problem-list.ts';
import { Reader } from '../reader.ts';
import { DIRECTORY, directoryOf, offsetOf, type PeHeader, readHeader } from './pe-header.ts';

/** What a PE file says of itself. Claims of whoever made the file; empty where it does not say it. */
export interface VersionInfo {
  readonly company: string;
  readonly product: string;
  readonly productVersion: string;
  readonly fileVersion: string;
  readonly originalName: string;
  readonly description: string;
}

const RT_VERSION = 16;
/** United States: what programs in many languages have among them, so that a product has one name. */
const ENGLISH = 0x409;
/** Bounds of the tree: types, names and languages have three levels, whatever offsets say. */
const MOST_ENTRIES = 4_096;
const LARGEST_RESOURCE = 1 << 20;
const MOST_BLOCKS = 2_000;
const LONGEST_WORD = 300;

/** Entries of a resource directory as [id, offset]; a name has an id above any number. */
function* entriesOf(reader: Reader, at: number): Generator<readonly [number, number]> {
  const count = Math.min(reader.u16(at + 12) + reader.u16(at + 14), MOST_ENTRIES);
  for (let i = 0; i < count && reader.has(at + 16 + i * 8, 8); i++)
    yield [reader.u32(at + 16 + i * 8), reader.u32(at + 20 + i * 8)];
}

/** Place and size of the first version resource, the English one where there are several; null where there is none. */
function findVersion(reader: Reader, header: PeHeader): { readonly at: number; readonly size: number } | null {
  const root = directoryOf(reader, header, 'file', DIRECTORY.resource);
  if (root === null) return null;
  const below = (offset: number): number => root.at + (offset & 0x7fff_ffff);
  const isFolder = (offset: number): boolean => offset >= 0x8000_0000;
  for (const [type, names] of entriesOf(reader, root.at)) {
    if (type !== RT_VERSION || !isFolder(names)) continue;
    const [[, languages] = [0, 0]] = [...entriesOf(reader, below(names))];
    if (!isFolder(languages)) continue;
    const all = [...entriesOf(reader, below(languages))];
    const [, leaf] = all.find(([language]) => language === ENGLISH) ?? all[0] ?? [0, 0x8000_0000];
    if (isFolder(leaf)) continue;
    const at = offsetOf(reader.u32(below(leaf)), header, 'file');
    const size = Math.min(reader.u32(below(leaf) + 4), LARGEST_RESOURCE);
    if (at >= 0 && reader.has(at, size)) return { at, size };
  }
  return null;
}

const aligned = (at: number): number => (at + 3) & ~3;

/** UTF-16 up to its zero, at most `limit` bytes. `next`: behind the zero. */
function wordAt(reader: Reader, at: number, limit: number): { readonly word: string; readonly next: number } {
  let word = '';
  let place = at;
  for (; place + 2 <= limit; place += 2) {
    const unit = reader.u16(place);
    if (unit === 0) return { word, next: place + 2 };
    if (word.length < LONGEST_WORD) word += String.fromCharCode(unit);
  }
  return { word, next: place };
}

interface Block {
  readonly key: string;
  /** Where its value begins, relative to the resource, and the words of it where it is text. */
  readonly value: number;
  readonly valueLength: number;
  readonly end: number;
}

/** A block: length, length of the value, type, key, value, blocks below it (VS_VERSIONINFO and its kin). */
function blockAt(reader: Reader, base: number, at: number, limit: number): Block | null {
  const length = reader.u16(base + at);
  if (length < 8 || at + length > limit) return null;
  const { word, next } = wordAt(reader, base + at + 6, base + at + length);
  return { key: word, value: aligned(next - base), valueLength: reader.u16(base + at + 2), end: at + length };
}

/** `Name = value` of the string tables: of the first language that has any. */
function stringsOf(reader: Reader, base: number, size: number): ReadonlyMap<string, string> {
  const words = new Map<string, string>();
  let blocks = 0;
  const visit = (from: number, to: number, depth: number): void => {
    for (let at = from; at < to && blocks < MOST_BLOCKS; ) {
      blocks++;
      const block = blockAt(reader, base, at, to);
      if (block === null) return;
      if (depth === 2) {
        const { word } = wordAt(reader, base + block.value, base + block.end);
        if (!words.has(block.key)) words.set(block.key, word.trim());
      } else if (depth === 1 || block.key === 'StringFileInfo') visit(block.value, block.end, depth + 1);
      at = aligned(block.end);
    }
  };
  const root = blockAt(reader, base, 0, size);
  if (root !== null && root.key === 'VS_VERSION_INFO') visit(aligned(root.value + root.valueLength), root.end, 0);
  return words;
}

/**
 * The version resource of a PE file. Null where the file has none, or none that can be read. Never throws, whatever the
 * bytes. Source: PE format, "The .rsrc Section"; VS_VERSIONINFO.
 */
export function readVersionInfo(file: Uint8Array): VersionInfo | null {
  const reader = new Reader(file);
  const found = findVersion(reader, readHeader(reader, new ProblemList()));
  if (found === null) return null;
  const words = stringsOf(reader, found.at, found.size);
  if (words.size === 0) return null;
  const word = (name: string): string => words.get(name) ?? '';
  return {
    company: word('CompanyName'),
    product: word('ProductName'),
    productVersion: word('ProductVersion'),
    fileVersion: word('FileVersion'),
    originalName: word('OriginalFilename'),
    description: word('FileDescription'),
  };
}
