import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError, stringifyJson } from '@genehound/contract';
import fc from 'fast-check';
import { parseBoundedJson, shapeOfJson } from './bounded-json.ts';
import { INTAKE_LIMITS } from './limits.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

function refusal(input: Uint8Array): string {
  try {
    parseBoundedJson(input);
  } catch (error) {
    assert.ok(error instanceof AppError && error.code === 'bad_request', String(error));
    return error.message;
  }
  assert.fail('it was accepted');
}

test('integers beyond 2^53 keep every digit', () => {
  const text =
    '{"a":133183323681139795,"b":18446744073709551615,"c":-9007199254740993,"d":1e3,"e":"12345678901234567890"}';
  assert.deepEqual(parseBoundedJson(bytes(text)), {
    a: 133183323681139795n,
    b: 18446744073709551615n,
    c: -9007199254740993n,
    d: 1000,
    e: '12345678901234567890',
  });
});

test('an empty body means no parameters', () => {
  assert.deepEqual(parseBoundedJson(new Uint8Array()), {});
});

test('depth, number of values, broken text and broken UTF-8 are refused with a reason', () => {
  assert.match(refusal(bytes('['.repeat(100_000))), /nested deeper/);
  assert.match(refusal(bytes(`[${'0,'.repeat(INTAKE_LIMITS.values + 1)}0]`)), /more than \d+ values/);
  assert.match(refusal(bytes('{"a":')), /not JSON/);
  assert.match(refusal(Uint8Array.of(0x22, 0xff, 0x22)), /not UTF-8/);
});

test('brackets, commas and digits inside strings count for nothing', () => {
  const shape = shapeOfJson(bytes(JSON.stringify({ a: '[[[[{{{,,,"\\12345678901234567890' })));
  assert.deepEqual(shape, { depth: 1, values: 2, longNumbers: false });
});

test('property: any bytes are parsed as by JSON.parse or refused, never anything else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (input) => {
      try {
        parseBoundedJson(input);
      } catch (error) {
        assert.ok(error instanceof AppError);
      }
    }),
  );
});

test('property: what is written is read, bigints included', () => {
  const leaf = fc.oneof(
    fc.integer(),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.oneof(leaf, fc.array(leaf))), (value) => {
      const { __proto__: _ignored, ...plain } = value;
      assert.deepEqual(parseBoundedJson(bytes(stringifyJson(plain))), plain);
    }),
  );
});
