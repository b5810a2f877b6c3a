import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hunts } from '@genehound/contract';
import { type Draft, requestOf, targetsOf } from './new-hunt.ts';

const draft: Draft = {
  name: ' Q4 ',
  owner: '',
  targets: '',
  anyone: false,
  when: 'open',
  closes: '',
  rhythm: 'daily',
  hour: '20',
  cron: '',
  timeZone: 'Europe/Berlin',
  hours: '48',
  any: false,
  cpu: '',
};

test('lines become targets, with a group after a comma', () => {
  assert.deepEqual(targetsOf('web01\r\n db01 ; databases\n# none\n\nx # old'), [
    'web01',
    { name: 'db01', group: 'databases' },
    'x',
  ]);
});

test('what the form holds is what the server takes', () => {
  for (const when of ['open', 'window', 'schedule'] as const)
    hunts.newHunt.parse(requestOf({ ...draft, when, closes: '2030-01-01T10:00' }));
  assert.deepEqual(requestOf({ ...draft, when: 'schedule', rhythm: 'weekly' }).schedule, {
    cron: '0 20 * * MON',
    timeZone: 'Europe/Berlin',
    hours: 48,
  });
  assert.deepEqual(requestOf({ ...draft, cpu: '10', any: true }), {
    name: 'Q4',
    owner: '',
    targets: [],
    anyone: false,
    scansPerEndpoint: 'any',
    limits: { cpuPercent: 10 },
  });
});
