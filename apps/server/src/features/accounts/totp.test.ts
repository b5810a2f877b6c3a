import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { base32, codeOfStep, otpauthUri, stepAt, stepOfCode } from './totp.ts';

const SECRET = Buffer.from('12345678901234567890');

test('the vectors of RFC 6238, appendix B, and of RFC 4648, section 10', () => {
  const vectors = [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ] as const;
  for (const [seconds, code] of vectors) assert.equal(codeOfStep(SECRET, stepAt(seconds * 1_000)), code);
  for (const [plain, text] of [
    ['', ''],
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ] as const)
    assert.equal(base32(Buffer.from(plain)), text);
});

test('a code counts for its step and one beside, once', () => {
  const now = 2_000_000_000_000;
  const step = stepAt(now);
  for (const near of [-1, 0, 1]) assert.equal(stepOfCode(SECRET, codeOfStep(SECRET, step + near), 0, now), step + near);
  for (const far of [-2, 2]) assert.equal(stepOfCode(SECRET, codeOfStep(SECRET, step + far), 0, now), null);
  assert.equal(stepOfCode(SECRET, codeOfStep(SECRET, step), step, now), null, 'spent');
  assert.equal(stepOfCode(SECRET, '279 037', 0, now), step, 'as people type it');
});

test('no text is a code but the six digits', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const found = stepOfCode(SECRET, text, 0, 59_000);
      const plain = text.replaceAll(/[\s-]/g, '');
      return found === null || [0, 1, 2].some((step) => codeOfStep(SECRET, step) === plain);
    }),
  );
});

test('names with any letters stay what they are in the address', () => {
  const uri = otpauthUri(SECRET, 'ada & co@x', 'Genehound');
  assert.equal(
    uri,
    'otpauth://totp/Genehound:ada%20%26%20co%40x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Genehound&algorithm=SHA1&digits=6&period=30',
  );
});
