import { crc32, deflateRawSync } from 'node:zlib';

/** Small valid archives, written by hand: for tests that change them. */
export interface PlainFile {
  readonly name: string;
  readonly body: Uint8Array;
}

const text = (value: string): Uint8Array => Buffer.from(value, 'latin1');
const filled = (size: number, to: number): Uint8Array => new Uint8Array((to - (size % to)) % to);

export function testAr(files: readonly PlainFile[]): Uint8Array {
  const parts = files.flatMap(({ name, body }) => {
    const words = [name.padEnd(16), '0'.padEnd(12), '0'.padEnd(6), '0'.padEnd(6), '100644'.padEnd(8)];
    return [text(`${words.join('')}${String(body.length).padEnd(10)}\`\n`), body, filled(body.length, 2)];
  });
  return Buffer.concat([text('!<arch>\n'), ...parts]);
}

export function testCpio(files: readonly PlainFile[]): Uint8Array {
  const entry = (name: string, mode: number, body: Uint8Array): Uint8Array => {
    const fields = [1, mode, 0, 0, 1, 0, body.length, 0, 0, 0, 0, name.length + 1, 0];
    const head = text(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`);
    return Buffer.concat([head, filled(head.length, 4), body, filled(body.length, 4)]);
  };
  return Buffer.concat([
    ...files.map(({ name, body }) => entry(name, 0o100644, body)),
    entry('TRAILER!!!', 0, new Uint8Array(0)),
  ]);
}

/** The first file as it is, all others deflated. */
export function testZip(files: readonly PlainFile[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const [i, { name, body }] of files.entries()) {
    const packed = i === 0 ? body : deflateRawSync(body);
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(i === 0 ? 0 : 8, 4);
    facts.writeUInt32LE(crc32(body), 10);
    facts.writeUInt32LE(packed.length, 14);
    facts.writeUInt32LE(body.length, 18);
    facts.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([text('PK\x03\x04'), facts, text(name), packed]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    directory.push(text('PK\x01\x02\x14\0'), facts, place, text(name));
    parts.push(local);
    at += local.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(listed.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...parts, listed, text('PK\x05\x06'), end]);
}

/** Lead, an empty signature and a header of texts, without the files behind it. */
export function testRpm(tags: Readonly<Record<number, string>>): Uint8Array {
  const header = (entries: readonly (readonly [string, string])[]): Uint8Array => {
    const store = text(entries.map(([, value]) => `${value}\0`).join(''));
    const index = Buffer.alloc(16 + 16 * entries.length);
    index.writeUInt32BE(0x8eade801, 0);
    index.writeUInt32BE(entries.length, 8);
    index.writeUInt32BE(store.length, 12);
    let place = 0;
    for (const [i, [tag, value]] of entries.entries()) {
      for (const [at, number] of [Number(tag), 6, place, 1].entries())
        index.writeUInt32BE(number, 16 + 16 * i + 4 * at);
      place += value.length + 1;
    }
    return Buffer.concat([index, store]);
  };
  const signature = header([]);
  return Buffer.concat([
    text('\xed\xab\xee\xdb'),
    new Uint8Array(92),
    signature,
    filled(signature.length, 8),
    header(Object.entries(tags)),
  ]);
}
