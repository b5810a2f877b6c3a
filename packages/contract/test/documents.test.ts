import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { DOCUMENTS, textOf } from '../scripts/documents.ts';

for (const { url, make } of DOCUMENTS) {
  test(`${url.pathname.split('/').at(-1)} is what the contract says`, () => {
    assert.equal(
      readFileSync(url, 'utf8'),
      textOf(make()),
      'stale: run node packages/contract/scripts/generate.ts and commit the result',
    );
  });
}
