import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filesOf } from './dropped-files.ts';

const entry = { isFile: true, fullPath: '/a', file: (taken: (file: File) => void) => taken(new File([], 'a')) };
const dropped = (count: number) =>
  ({ items: Array.from({ length: count }, () => ({ webkitGetAsEntry: () => entry })) }) as unknown as DataTransfer;

test('what is more than can be taken at once is refused, not cut off', async () => {
  assert.equal((await filesOf(dropped(2))).length, 2);
  await assert.rejects(filesOf(dropped(200_001)), RangeError);
});
