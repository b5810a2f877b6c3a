import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { guardedAddress, isAdmitted, parseNetworks } from './guarded-address.ts';

const nothing = parseNetworks([]);

test('inner networks are refused, in every way of writing them', async () => {
  for (const host of [
    '127.0.0.1',
    '0.0.0.0',
    '10.1.2.3',
    '172.31.255.255',
    '192.168.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '239.1.1.1',
    '[::1]',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:0:7f00:1',
    '2001:0:7f00:1::1',
    '::7f00:1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'fd00::1',
    'fe80::1',
    'localhost',
  ])
    await assert.rejects(guardedAddress(host, nothing), /inner network/, host);
});

test('the operator admits networks; the world is admitted', async () => {
  const allowed = parseNetworks(['127.0.0.0/8', 'fd00::/8', '10.0.0.7']);
  assert.equal(await guardedAddress('127.0.0.1', allowed), '127.0.0.1');
  assert.equal(await guardedAddress('[fd00::1]', allowed), 'fd00::1');
  assert.ok(isAdmitted('10.0.0.7', allowed) && !isAdmitted('10.0.0.8', allowed));
  assert.ok(isAdmitted('93.184.215.14', nothing) && isAdmitted('2606:4700::1111', nothing));
  for (const bad of ['x', '10.0.0.0/33', '10.0.0.0/x', '']) assert.throws(() => parseNetworks([bad]), /is no network/);
});

test('an IPv4 address is judged alike within an IPv6 one', () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      assert.equal(isAdmitted(`::ffff:${address}`, nothing), isAdmitted(address, nothing));
    }),
  );
});
