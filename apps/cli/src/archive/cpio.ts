import { ArchiveError } from './archive-error.ts';
import type { Budget, ByteStream } from './byte-stream.ts';
import { Body, type Member } from './member.ts';

/** The "new ASCII" format of cpio (`newc`), as RPM packages and initramfs images have it. Sizes are claims: bounded. */

const HEADER = 110;
const LONGEST_NAME = 4_096;
const TYPE = 0o170000;
const REGULAR = 0o100000;
const decoder = new TextDecoder();

const padding = (size: number): number => (4 - (size % 4)) % 4;

/** The regular files of a cpio stream, in its order. Throws ArchiveError; what was yielded before stays valid. */
export async function* cpioMembers(stream: ByteStream, budget: Budget): AsyncGenerator<Member, void, undefined> {
  const header = new Uint8Array(HEADER);
  for (;;) {
    if ((await stream.fill(header)) < HEADER) throw new ArchiveError('The archive ends without its end mark');
    budget.takeEntry();
    const words = decoder.decode(header);
    // RPM writes 07070X where a file is larger than four gigabytes: its size stands elsewhere.
    if (!/^07070[12][0-9a-f]{104}$/i.test(words)) throw new ArchiveError('The archive has a header that is not valid');
    const field = (index: number): number => Number.parseInt(words.slice(6 + index * 8, 14 + index * 8), 16);
    const [mode, size, nameSize] = [field(1), field(6), field(11)];
    if (nameSize === 0 || nameSize > LONGEST_NAME)
      throw new ArchiveError(`The archive claims a name of ${nameSize} bytes`);
    const name = new Uint8Array(nameSize);
    if ((await stream.fill(name)) < nameSize) throw new ArchiveError('The archive ends within a name');
    await stream.skip(padding(HEADER + nameSize));
    const path = decoder.decode(name.subarray(0, -1)).replace(/^(\.?\/)+/, '');
    if (path === 'TRAILER!!!') {
      await stream.drain();
      return;
    }
    const body = new Body(stream, size);
    if ((mode & TYPE) === REGULAR && size > 0) yield { path, body };
    await body.finish();
    await stream.skip(padding(size));
  }
}
