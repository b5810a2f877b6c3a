import { LineTooLong, textLines } from '@genehound/intake';
import { ArchiveError } from './archive-error.ts';
import { type Budget, ByteStream } from './byte-stream.ts';
import type { ContainerKind } from './container-kind.ts';
import { Body, type Member } from './member.ts';
import { findTool, startTool } from './system-tool.ts';

/**
 * Archives that the system's 7-Zip reads: 7z, CAB, WIM, ISO and disk images. It is asked what there is, then for all of
 * it on one stream, in the same order: nothing is written to disk, so that names, links and bombs reach nothing.
 */

/** As `-t` wants it; undefined where 7-Zip itself is to find out what lies in what. */
const TYPES: Partial<Record<ContainerKind, string>> = { '7z': '7z', cab: 'Cab', wim: 'wim' };
/** Bytes of one line of the list. */
const LONGEST_LINE = 100_000;
/** A password that opens nothing: without one, 7-Zip would ask for it. */
const COMMON = ['-bd', '-y', '-p-', '-sccUTF-8'];

interface Entry {
  readonly path: string;
  readonly size: number;
}

const sentence = (error: unknown): unknown =>
  error instanceof ArchiveError && /wrong password|encrypted/i.test(error.message)
    ? new ArchiveError('It is encrypted')
    : error;

/** Entries have lines of `Name = value` and end with an empty one; what stands before the ruler is about the archive. */
class Listing {
  readonly entries: Entry[] = [];
  #isAbout = true;
  #fields = new Map<string, string>();

  push(line: string): void {
    if (line.startsWith('----------')) this.#isAbout = false;
    else if (this.#isAbout) return;
    else if (line === '') this.end();
    else {
      const at = line.indexOf(' = ');
      if (at > 0) this.#fields.set(line.slice(0, at), line.slice(at + 3));
    }
  }

  end(): void {
    const fields = this.#fields;
    this.#fields = new Map();
    if (fields.size === 0) return;
    // A disk image in which nothing is recognised is one entry without a name.
    const path = fields.get('Path') ?? 'image';
    const [attributes = ''] = (fields.get('Attributes') ?? '').split(' ');
    if (fields.get('Folder') === '+' || attributes.includes('D')) return;
    const size = fields.get('Size') ?? '';
    if (!/^\d{1,15}$/.test(size)) throw new ArchiveError(`The archive does not say how large ${path.slice(0, 100)} is`);
    this.entries.push({ path, size: Number(size) });
  }
}

async function list(program: string, args: readonly string[], path: string, budget: Budget): Promise<readonly Entry[]> {
  const tool = startTool(program, ['l', '-slt', ...COMMON, ...args, '--', path]);
  tool.input.end();
  const listing = new Listing();
  try {
    for await (const line of textLines(tool.output as AsyncIterable<Uint8Array>, LONGEST_LINE)) {
      const before = listing.entries.length;
      listing.push(line);
      if (listing.entries.length > before) budget.takeEntry();
    }
    listing.end();
    await tool.ended;
  } catch (error) {
    if (!(error instanceof LineTooLong)) throw error;
    throw new ArchiveError('The archive has a name that never ends', { cause: error });
  } finally {
    await tool.stop();
  }
  return listing.entries;
}

/** The files of an archive on disk. Throws ArchiveError; what was yielded before stays valid. */
export async function* sevenZipMembers(
  path: string,
  kind: ContainerKind,
  budget: Budget,
): AsyncGenerator<Member, void, undefined> {
  const program = findTool(['7zz', '7z']);
  if (program === undefined)
    throw new ArchiveError('This system has no 7-Zip (Debian: 7zip), which such archives need');
  const type = TYPES[kind];
  const args = type === undefined ? [] : [`-t${type}`];
  let tool: ReturnType<typeof startTool> | undefined;
  try {
    const entries = await list(program, args, path, budget);
    tool = startTool(program, ['x', '-so', ...COMMON, ...args, '--', path]);
    tool.input.end();
    const stream = new ByteStream(tool.output as AsyncIterable<Uint8Array>, budget);
    for (const entry of entries) {
      const body = new Body(stream, entry.size);
      if (entry.size > 0) yield { path: entry.path, body };
      await body.finish();
    }
    if ((await stream.some(1)).length > 0) throw new ArchiveError('The archive holds more than its list says');
    await tool.ended;
  } catch (error) {
    // What the tool says of it is worth more than that its stream ended.
    await (error instanceof ArchiveError && /ends within/.test(error.message) ? tool?.ended : undefined)?.catch(
      (reason: unknown) => {
        throw sentence(reason);
      },
    );
    throw sentence(error);
  } finally {
    await tool?.stop();
  }
}
