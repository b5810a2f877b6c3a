import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { verifyAuditLines } from './verify-audit.ts';

async function* of(lines: readonly string[]): AsyncGenerator<string, void> {
  yield* lines;
}

function logOf(records: readonly string[]): string[] {
  let digest = Buffer.alloc(32);
  return records.map((record, i) => {
    digest = createHash('sha256').update(digest).update(record, 'utf8').digest();
    return JSON.stringify({ position: i + 1, record, digest: digest.toString('hex') });
  });
}

const records = fc.array(fc.string({ unit: 'grapheme' }), { minLength: 2, maxLength: 12 });

test('property: a log as it was written is whole, and any record changed, moved or left out is found', async () => {
  await fc.assert(
    fc.asyncProperty(records, fc.nat(), async (texts, at) => {
      const lines = logOf(texts);
      const state = await verifyAuditLines(of(lines));
      assert.equal(state.records, texts.length);
      const place = at % lines.length;
      const changed = lines.with(place, (lines[place] ?? '').replace('"record":"', '"record":"!'));
      await assert.rejects(verifyAuditLines(of(changed)), /not what was recorded/);
      const last = place === lines.length - 1;
      const without = lines.toSpliced(place, 1);
      // Only its length or the digest that somebody wrote down shows that the end is missing.
      if (last) assert.notEqual((await verifyAuditLines(of(without))).digest, state.digest);
      else await assert.rejects(verifyAuditLines(of(without)), /is missing/);
    }),
  );
});

test('what is no log is said to be none', async () => {
  await assert.rejects(verifyAuditLines(of(['{'])), /Line 1 is not JSON/);
  await assert.rejects(verifyAuditLines(of(['{"position":1}'])), /no record/);
  assert.deepEqual(await verifyAuditLines(of([])), { records: 0, digest: '00'.repeat(32) });
});
