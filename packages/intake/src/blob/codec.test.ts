import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Masker, Unmasker } from './codec.ts';

/** What a stage makes of a stream that comes in such pieces. */
async function through(stage: Masker | Unmasker, pieces: readonly Uint8Array[]): Promise<Buffer> {
  for (const piece of pieces) stage.write(Buffer.from(piece));
  stage.end();
  return Buffer.concat(await stage.toArray());
}

test('the stored form is that of every release: the codec, then each byte XORed with the mask at its place', async () => {
  const mask = 'a75d13c86e923bf4812fe659d047bc35';
  assert.equal((await through(new Masker(), [new Uint8Array(20)])).toString('hex'), `01${mask}${mask.slice(0, 8)}`);
  const counting = Uint8Array.from({ length: 20 }, (_unused, i) => i);
  const wanted = [
    1,
    ...counting.map((byte) => byte ^ Number.parseInt(mask.slice((2 * byte) & 31, ((2 * byte) & 31) + 2), 16)),
  ];
  assert.deepEqual([...(await through(new Masker(), [counting]))], wanted);
});

test('property: it does not matter in which pieces bytes come', async () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 70 }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(pieces, fc.integer({ min: 1, max: 50 }), async (given, cut) => {
      const whole = Buffer.concat(given);
      fc.pre(whole.length > 0);
      const stored = await through(new Masker(), given);
      assert.deepEqual(stored, await through(new Masker(), [whole]));
      const again = [];
      for (let at = 0; at < stored.length; at += cut) again.push(stored.subarray(at, at + cut));
      assert.deepEqual(await through(new Unmasker(), again), whole);
    }),
  );
});
