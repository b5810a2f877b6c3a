import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveEvent } from '@genehound/contract';
import { Live } from './live.ts';

const job = (state: 'running' | 'done'): LiveEvent => ({ kind: 'job', job: 'retro-hunt', state });

/** What waits in a stream, and the id of its last message. */
function taken(live: Live, organisation: string, last: string | null): { events: string[]; id: string } {
  const stream = live.subscribe(organisation, last);
  const text = String(stream.read() ?? '');
  stream.destroy();
  const events = [...text.matchAll(/^event: (.*)$/gm)].map(([, name = '']) => name);
  return { events, id: [...text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? '' };
}

test('who was away gets what it missed, once; who comes new gets nothing old; others hear nothing', () => {
  const live = new Live();
  const { id } = taken(live, 'a', null);
  live.tell('a', job('running'));
  live.tell('a', job('done'));
  live.tell('b', { kind: 'reset' });
  const missed = taken(live, 'a', id);
  assert.deepEqual(missed.events, ['job', 'job']);
  assert.deepEqual(taken(live, 'a', missed.id).events, []);
  assert.deepEqual(taken(live, 'a', null).events, []);
});

test('a place that is not known any more, of another run, or made up, asks for everything again', () => {
  const live = new Live();
  const { id } = taken(live, 'a', null);
  for (let n = 0; n < 1_001; n++) live.tell('a', job('done'));
  for (const last of [id, taken(new Live(), 'a', null).id, 'x', '', `${id.split('-')[0]}-9e9`, '-1'])
    assert.deepEqual(taken(live, 'a', last).events, ['reset'], last);
});

test('readers are bounded, those that do not read are cut off, and closing ends all', () => {
  const live = new Live();
  const readers = Array.from({ length: 100 }, () => live.subscribe('a', null));
  assert.throws(() => live.subscribe('a', null), /Too many requests/);
  live.subscribe('b', null).destroy();
  for (let n = 0; n < 5_000; n++) live.tell('a', job('done'));
  assert.ok(readers.every(({ destroyed }) => destroyed));
  const last = live.subscribe('b', null);
  live.close();
  assert.equal(last.destroyed, true);
});

test('a stream ends after a while; who does not read to its end is cut off, and closing ends it, too', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const live = new Live();
  const stalled = live.subscribe('a', null);
  context.mock.timers.tick(600_000);
  live.tell('a', job('done'));
  assert.deepEqual([stalled.destroyed, stalled.errored], [false, null]);
  context.mock.timers.tick(15_000);
  assert.equal(stalled.destroyed, true);
  const late = live.subscribe('a', null);
  context.mock.timers.tick(600_000);
  assert.equal(late.destroyed, false);
  live.close();
  assert.equal(late.destroyed, true);
});
