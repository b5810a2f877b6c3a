/** Writes tar archives for tests: what is asked for, valid or not. */

export interface TestEntry {
  readonly name: string;
  readonly body?: Uint8Array;
  readonly type?: string;
  /** Claimed size; else that of the body. */
  readonly size?: number;
  readonly badCheckSum?: boolean;
}

const encoder = new TextEncoder();

function header(entry: TestEntry): Uint8Array {
  const block = new Uint8Array(512);
  const put = (text: string, at: number): void => block.set(encoder.encode(text), at);
  put(entry.name.slice(0, 100), 0);
  put('0000644\0', 100);
  put(`${(entry.size ?? entry.body?.length ?? 0).toString(8).padStart(11, '0')}\0`, 124);
  put(entry.type ?? '0', 156);
  put('ustar\x0000', 257);
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, entry.badCheckSum === true ? 1 : 0);
  put(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** The bytes of an archive, with its end mark. */
export function testTar(entries: readonly TestEntry[], withEnd = true): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const entry of entries) {
    const body = entry.body ?? new Uint8Array(0);
    parts.push(header(entry), body, new Uint8Array((512 - (body.length % 512)) % 512));
  }
  if (withEnd) parts.push(new Uint8Array(1024));
  return Buffer.concat(parts);
}

/** A GNU long name before an entry. */
export function longName(name: string): TestEntry {
  return { name: '././@LongLink', type: 'L', body: encoder.encode(`${name}\0`) };
}

/** A pax header before an entry. */
export function paxHeader(records: Readonly<Record<string, string>>): TestEntry {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    let length = rest.length + 1;
    while (String(length).length + rest.length !== length) length += 1;
    return `${length}${rest}`;
  });
  return { name: 'pax', type: 'x', body: encoder.encode(lines.join('')) };
}

/** The bytes in pieces of the given size, as a stream would bring them. */
export async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Makes the check sums of all blocks right, so that damage reaches behind them. */
export function repairSums(archive: Uint8Array): void {
  for (let at = 0; at + 512 <= archive.length; at += 512) {
    const block = archive.subarray(at, at + 512);
    if (new TextDecoder().decode(block.subarray(257, 262)) !== 'ustar') continue;
    block.fill(0x20, 148, 156);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.set(encoder.encode(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
  }
}
