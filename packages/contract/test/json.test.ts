import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJson, stringifyJson } from '@genehound/contract';
import fc from 'fast-check';

test('integers beyond 2^53 keep every digit', () => {
  const text = '{"start_time_100_nano":133183323681139795,"base_address":18446744073709551615,"small":7,"real":1.5}';
  const value = parseJson(text);
  assert.deepEqual(value, {
    start_time_100_nano: 133183323681139795n,
    base_address: 2n ** 64n - 1n,
    small: 7,
    real: 1.5,
  });
  assert.equal(stringifyJson(value), text);
});

test('any unsigned 64-bit integer survives the way there and back', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
      const back = parseJson(`[${value}]`);
      assert.ok(Array.isArray(back));
      assert.equal(BigInt(back[0]), value);
      assert.equal(stringifyJson(back), `[${value}]`);
    }),
  );
});

test('a large integer is found wherever it stands, whatever stands around it', () => {
  const space = fc.constantFrom('', ' ', '\n', '\t', '\r', ' \n');
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), space, space, (value, before, after) => {
      const wanted = Number.isSafeInteger(Number(value)) ? Number(value) : value;
      const written = `${before}${value}${after}`;
      assert.equal(parseJson(written), wanted);
      assert.deepEqual(parseJson(`{"a":${written},"b":[0,${written},"${value}"]}`), {
        a: wanted,
        b: [0, wanted, String(value)],
      });
    }),
  );
  assert.equal(parseJson(String(2 ** 53 - 1)), 2 ** 53 - 1);
  assert.equal(parseJson('9007199254740992'), 2n ** 53n);
  assert.equal(parseJson('-9007199254740992'), -(2n ** 53n));
});

test('any JSON value is read as JSON.parse reads it, large integers aside', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      assert.equal(stringifyJson(parseJson(text)).length > 0, true);
      const plain = JSON.stringify(JSON.parse(text), (_key, inner: unknown) =>
        typeof inner === 'number' && !Number.isSafeInteger(inner) ? 0 : inner,
      );
      const ours = JSON.stringify(parseJson(text), (_key, inner: unknown) =>
        typeof inner === 'bigint' || (typeof inner === 'number' && !Number.isSafeInteger(inner)) ? 0 : inner,
      );
      assert.equal(ours, plain);
    }),
  );
});

test('a monstrous number is no way to stop the reader', () => {
  const started = performance.now();
  assert.equal(typeof (parseJson(`[${'9'.repeat(1_000_000)}]`) as unknown[])[0], 'number');
  assert.ok(performance.now() - started < 5_000);
});
