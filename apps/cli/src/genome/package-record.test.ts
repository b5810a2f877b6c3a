import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Client } from '@genehound/contract';
import { openPackageRecord } from './package-record.ts';

const HASH = 'a'.repeat(64);
const entry = { family: 'f', type: 'library', samples: [HASH], problems: [] } as const;
const written = { ...entry, samples: [HASH], problems: [] };

/** A server that knows every sample; it notes in which scope it is asked. */
function knowing(): { readonly client: Client; readonly scopes: unknown[] } {
  const scopes: unknown[] = [];
  const call = async (_: string, { body }: { body: { scope: string; sha256: string[] } }) => {
    scopes.push(body.scope);
    return { known: body.sha256 };
  };
  return { client: { call } as unknown as Client, scopes };
}

test('what was remembered is known again, also after a kill in the middle of a line and from the old form', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'genehound-test-record-'));
  try {
    const path = join(folder, 'below', 'packages.json');
    const { client, scopes } = knowing();
    const first = await openPackageRecord(path, 'organisation');
    await Promise.all(['one', 'two', 'three'].map((key) => first.remember(key, written)));
    appendFileSync(path, '{"key":"four","fam');
    const second = await openPackageRecord(path, 'organisation');
    await second.remember('five', written);
    const third = await openPackageRecord(path, 'organisation');
    const known = await third.known(client, ['one', 'two', 'three', 'four', 'five', '__proto__']);
    assert.deepEqual([...known.keys()], ['one', 'two', 'three', 'five']);
    assert.deepEqual(known.get('five'), entry);
    assert.deepEqual(scopes, ['organisation']);
    assert.equal(readFileSync(path, 'utf8').trim().split('\n').length, 4);

    const old = join(folder, 'old.json');
    writeFileSync(old, JSON.stringify({ version: 1, packages: { one: entry } }));
    await (await openPackageRecord(old)).remember('two', written);
    assert.deepEqual([...(await (await openPackageRecord(old)).known(client, ['one', 'two'])).keys()], ['one', 'two']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
