import { ArchiveError } from './archive-error.ts';
import type { Budget, ByteStream } from './byte-stream.ts';
import { Body, type Member } from './member.ts';

/** `ar` archives: Debian packages and static libraries. */

const HEADER = 60;
const decoder = new TextDecoder('latin1');

/** Members of an ar stream, after its magic too. Throws ArchiveError; what was yielded before stays valid. */
export async function* arMembers(stream: ByteStream, budget: Budget): AsyncGenerator<Member, void, undefined> {
  await stream.skip(8);
  const header = new Uint8Array(HEADER);
  for (;;) {
    const got = await stream.fill(header);
    if (got === 0) return;
    const words = decoder.decode(header);
    if (got < HEADER || !words.endsWith('`\n')) throw new ArchiveError('The archive has a header that is not valid');
    budget.takeEntry();
    const size = words.slice(48, 58).trim();
    if (!/^\d{1,10}$/.test(size)) throw new ArchiveError('The archive claims a size that is not a number');
    const body = new Body(stream, Number(size));
    yield { path: words.slice(0, 16).trim().replace(/\/$/, ''), body };
    await body.finish();
    // Members begin at even places; the last may end without the byte that fills up.
    if (Number(size) % 2 === 1) await stream.some(1);
  }
}
