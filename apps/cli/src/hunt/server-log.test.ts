import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { errorSentence, sentencesOf, serverLog } from './server-log.ts';

test('a line of the log that is an error becomes a sentence; no other does', () => {
  const failed = { level: 50, id: '7', err: { message: 'no room\u001b[31m' }, msg: 'request failed' };
  assert.equal(errorSentence(JSON.stringify(failed)), 'request failed: no room\\x1b[31m (id 7)');
  assert.equal(errorSentence(JSON.stringify({ level: 60, msg: 'gone' })), 'gone');
  for (const other of [JSON.stringify({ ...failed, level: 40 }), 'genehound: a sentence', '{"level":50', '[]', ''])
    assert.equal(errorSentence(other), undefined, other);
});

test('the last errors since the log was looked at, and where the rest is', () => {
  const data = mkdtempSync(join(tmpdir(), 'genehound-test-log-'));
  try {
    assert.deepEqual(sentencesOf(serverLog(data)), []);
    mkdirSync(join(data, 'log'));
    const path = join(data, 'log', 'server.log');
    const write = (msg: string, level = 50): void => appendFileSync(path, `${JSON.stringify({ level, msg })}\n`);
    write('of an earlier run');
    const log = serverLog(data);
    assert.deepEqual(sentencesOf(log), []);
    for (const msg of ['first', 'second', 'third', 'fourth']) write(msg);
    write('nothing special', 30);
    assert.deepEqual(log.errors(), ['second', 'third', 'fourth']);
    assert.equal(sentencesOf(log).at(-1), `All of it is in ${path}.`);
    appendFileSync(path, 'genehound: Another server runs.\n');
    assert.equal(log.plain(), 'Another server runs.');
  } finally {
    rmSync(data, { recursive: true });
  }
});
