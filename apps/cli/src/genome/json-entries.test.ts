import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { JsonCutOff, type JsonEntry, jsonEntries } from './json-entries.ts';

async function* inChunks(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function entriesOf(text: string, size = 7, sections = ['a', 'b'], largest = 1_000): Promise<JsonEntry[]> {
  const found: JsonEntry[] = [];
  for await (const entry of jsonEntries(inChunks(text, size), sections, largest)) found.push(entry);
  return found;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

test('property: the entries of sections are those that JSON.parse finds, however the bytes come', async () => {
  const section = fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue());
  const document = fc.record({ a: section, other: section, b: section }, { requiredKeys: [] });
  await fc.assert(
    fc.asyncProperty(document, fc.integer({ min: 1, max: 40 }), fc.constantFrom(0, 1), async (value, size, indent) => {
      const text = JSON.stringify(value, null, indent);
      const parsed: Record<string, unknown> = JSON.parse(text);
      const expected = ['a', 'other', 'b']
        .filter((name) => name !== 'other' && isObject(parsed[name]))
        .flatMap((name) =>
          Object.entries(isObject(parsed[name]) ? parsed[name] : {}).map(([key, one]) => [name, key, one]),
        );
      const sorted = (rows: readonly unknown[]): string[] => rows.map((row) => JSON.stringify(row)).sort();
      const found = (await entriesOf(text, size, ['a', 'b'], 1e6)).map(({ section: name, key, text: own }) => [
        name,
        key,
        JSON.parse(own ?? ''),
      ]);
      assert.deepEqual(sorted(found), sorted(expected));
    }),
  );
});

test('property: any bytes are read to their end, or said to be cut off', async () => {
  const json = fc.array(fc.constantFrom(...'{}[]":,\\ab1 '), { maxLength: 60 }).map((signs) => signs.join(''));
  await fc.assert(
    fc.asyncProperty(fc.oneof(json, fc.string()), fc.integer({ min: 1, max: 9 }), async (text, size) => {
      await entriesOf(text, size).catch((error: unknown) => assert.ok(error instanceof JsonCutOff));
    }),
  );
});

test('a value that is too large is told by its key, the next one is read; a cut document is told', async () => {
  const text = JSON.stringify({ a: { large: 'x'.repeat(2_000), small: 1 }, c: { not: 'asked' } });
  assert.deepEqual(await entriesOf(text, 100), [
    { section: 'a', key: 'large', text: null },
    { section: 'a', key: 'small', text: '1' },
  ]);
  await assert.rejects(entriesOf(text.slice(0, -1)), JsonCutOff);
});
