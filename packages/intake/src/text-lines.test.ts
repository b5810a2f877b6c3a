import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineTooLong, textLines } from './text-lines.ts';

async function linesOf(text: string, size: number): Promise<readonly string[]> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const bytes = Buffer.from(text, 'utf8');
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const lines: string[] = [];
  for await (const line of textLines(chunks())) lines.push(line);
  return lines;
}

test('a line ends at a line feed and nowhere else, however the bytes come', async () => {
  assert.deepEqual(await linesOf('a\u2028b\u2029c\rd\r\n\nlast', 1), ['a\u2028b\u2029c\rd\r', '', 'last']);
  const line = fc.string({ unit: fc.constantFrom('a', '\u2028', '\u2029', '\r', '\u{1f600}', '"') });
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.integer({ min: 1, max: 9 }), async (lines, size) => {
      assert.deepEqual(await linesOf(lines.map((one) => `${one}\n`).join(''), size), lines);
    }),
  );
});

test('a line that never ends is refused before it is whole in memory', async () => {
  let sent = 0;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('short\n');
    for (; sent < 1_000; sent += 1) yield Buffer.alloc(100, 'a');
  }
  const lines: string[] = [];
  await assert.rejects(async () => {
    for await (const line of textLines(chunks(), 1_000)) lines.push(line);
  }, LineTooLong);
  assert.deepEqual(lines, ['short']);
  assert.ok(sent <= 10, `${sent} chunks were read`);
});
