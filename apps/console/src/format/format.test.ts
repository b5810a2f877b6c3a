import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bytes, count, percent } from './quantity.ts';
import { shortenMiddle } from './shorten.ts';
import { duration, localTime, secondsBetween, utcTime } from './time.ts';

describe('hashes', () => {
  it('are shortened in the middle', () => {
    const hash = '0123456789abcdef'.repeat(4);
    assert.deepEqual(shortenMiddle(hash, 8, 6), { head: '01234567', middle: hash.slice(8, 58), tail: 'abcdef' });
    assert.deepEqual(shortenMiddle('0x7f3a', 8, 6), { head: '0x7f3a', middle: '', tail: '' });
  });
  it('lose nothing', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(20), fc.nat(20), (text, head, tail) => {
        const parts = shortenMiddle(text, head, tail);
        assert.equal(parts.head + parts.middle + parts.tail, text);
      }),
    );
  });
});

describe('times', () => {
  it('are local, with UTC beside them', () => {
    assert.equal(localTime('2026-11-24T01:11:05Z', 'en-GB', 'Europe/Berlin'), '24 Nov 2026, 02:11:05');
    assert.equal(utcTime('2026-11-24T02:11:05+01:00'), '2026-11-24 01:11:05 UTC');
  });
  it('that are none are shown as they came', () => {
    assert.equal(localTime('yesterday'), 'yesterday');
    assert.equal(utcTime('yesterday'), 'yesterday');
  });
  it('make durations of two units', () => {
    assert.equal(duration(0.2), '0 s');
    assert.equal(duration(27), '27 s');
    assert.equal(duration(245), '4 min 5 s');
    assert.equal(duration(7_380), '2 h 3 min');
    assert.equal(duration(3 * 86_400 + 4 * 3_600 + 59), '3 d 4 h');
    assert.equal(secondsBetween('2026-11-24T00:00:00Z', '2026-11-24T00:00:27.4Z'), 27);
    assert.equal(secondsBetween('2026-11-24T00:00:27Z', '2026-11-24T00:00:00Z'), undefined);
    assert.equal(secondsBetween(null, '2026-11-24T00:00:00Z'), undefined);
  });
});

describe('quantities', () => {
  it('have units', () => {
    assert.equal(bytes(131_072, 'en'), '128 KiB');
    assert.equal(bytes(1_572_864, 'en'), '1.5 MiB');
    assert.equal(bytes(0, 'en'), '0 B');
    assert.equal(count(1_204, 'en'), '1,204');
  });
  it('never claim a limit that was not reached', () => {
    assert.equal(percent(1, 'en'), '100 %');
    assert.equal(percent(0.9999, 'en'), '99.9 %');
    assert.equal(percent(0.00001, 'en'), '<0.1 %');
    assert.equal(percent(0, 'en'), '0 %');
    assert.equal(percent(0.1834, 'en'), '18.3 %');
  });
});
