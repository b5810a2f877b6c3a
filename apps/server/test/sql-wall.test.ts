import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { test } from 'node:test';

const FEATURES = resolve(import.meta.dirname, '../src/features');

/** Where a feature may hold SQL. Tests and benches may, too. */
const MAY = /^(?:read|store|.*-store|measure-.*)\.ts$|\.test\.ts$/;
const SQL = /\bsql<|\bsql`|\.(?:selectFrom|insertInto|updateTable|deleteFrom|with)\(['"]/;

/** True where a file holds SQL and its name does not say so. */
function breaksWall(path: string, text: string): boolean {
  return SQL.test(text) && !MAY.test(basename(path));
}

test('a planted query outside of the stores is seen, and one inside is not', () => {
  for (const text of ['await sql`select 1`.execute(db)', "db.selectFrom('scan')", "tx\n.deleteFrom('scan')"]) {
    assert.ok(breaksWall('scans/parts.ts', text), text);
    assert.ok(!breaksWall('scans/parts-store.ts', text), text);
    assert.ok(!breaksWall('scans/read.ts', text), text);
  }
  assert.ok(!breaksWall('scans/parts.ts', 'const sqlite = 1;'));
});

test('SQL lies only in the stores and read.ts of the features', async () => {
  const files = (await readdir(FEATURES, { recursive: true })).filter((path) => path.endsWith('.ts'));
  assert.ok(files.length > 50);
  const broken: string[] = [];
  for (const path of files) if (breaksWall(path, await readFile(join(FEATURES, path), 'utf8'))) broken.push(path);
  assert.deepEqual(broken, []);
});
