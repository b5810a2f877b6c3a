import { ArchiveError } from './archive-error.ts';
import type { ByteStream } from './byte-stream.ts';
import type { PackageFacts } from './package-facts.ts';

/** RPM packages: a lead, a signature, a header, and a compressed cpio archive (rpm's own format, version 3 and 4). */

const LEAD = 96;
const INTRO = 16;
const ENTRY = 16;
/** Bounds of rpm itself: entries of a header, and bytes of what they point at. */
const MOST_ENTRIES = 0xffff;
const LARGEST_STORE = 256 * 2 ** 20;
const TAG = {
  name: 1000,
  version: 1001,
  release: 1002,
  group: 1016,
  architecture: 1022,
  source: 1044,
  format: 1124,
} as const;
const STRING_TYPES = [6, 9];
const decoder = new TextDecoder();

/** Texts by tag, of those tags that are wanted. */
async function readHeader(
  stream: ByteStream,
  wanted: readonly number[],
): Promise<{ texts: Map<number, string>; size: number }> {
  const intro = new Uint8Array(INTRO);
  if ((await stream.fill(intro)) < INTRO) throw new ArchiveError('The package ends within its header');
  const view = new DataView(intro.buffer);
  if (view.getUint32(0) !== 0x8eade801) throw new ArchiveError('The package has a header that is not valid');
  const [entries, size] = [view.getUint32(8), view.getUint32(12)];
  if (entries > MOST_ENTRIES || size > LARGEST_STORE) throw new ArchiveError('The package claims an absurd header');
  const index = new Uint8Array(entries * ENTRY);
  const store = new Uint8Array(size);
  if ((await stream.fill(index)) < index.length || (await stream.fill(store)) < size)
    throw new ArchiveError('The package ends within its header');
  const entry = new DataView(index.buffer);
  const texts = new Map<number, string>();
  for (let at = 0; at < index.length; at += ENTRY) {
    const [tag, type, place] = [entry.getUint32(at), entry.getUint32(at + 4), entry.getUint32(at + 8)];
    if (!wanted.includes(tag) || !STRING_TYPES.includes(type) || place >= size) continue;
    const end = store.indexOf(0, place);
    texts.set(tag, decoder.decode(store.subarray(place, Math.min(end < 0 ? size : end, place + 500))));
  }
  return { texts, size: INTRO + index.length + size };
}

/** Reads up to the compressed archive. `null` where the package names no files of its own (a delta, or no cpio). */
export async function readRpmHeaders(stream: ByteStream): Promise<PackageFacts> {
  await stream.skip(LEAD);
  const signature = await readHeader(stream, []);
  await stream.skip((8 - (signature.size % 8)) % 8);
  const { texts } = await readHeader(stream, Object.values(TAG));
  const word = (tag: number): string => texts.get(tag) ?? '';
  const format = word(TAG.format);
  if (format !== '' && format !== 'cpio') throw new ArchiveError(`The package holds ${format.slice(0, 40)}, not cpio`);
  const name = word(TAG.name);
  const suffix = /-[^-]+-[^-]+\.(?:no)?src\.rpm$/;
  return {
    system: 'rpm',
    name,
    version: [word(TAG.version), word(TAG.release)].filter(Boolean).join('-'),
    source: word(TAG.source).replace(suffix, '') || name,
    section: /librar/i.test(word(TAG.group)) ? 'libs' : '',
    architecture: word(TAG.architecture),
  };
}
