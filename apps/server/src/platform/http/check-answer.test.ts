import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROUTES } from '@genehound/contract';
import { checkAnswer } from './check-answer.ts';

const GOOD = { name: 'a', organisation: '0196f0a0-0000-7000-8000-000000000000', roles: ['viewer'], permission: 'read' };
const check = (answer: object) => checkAnswer('getMe', ROUTES.getMe, JSON.stringify(answer));

test('an answer is what the contract says, no less and no more', () => {
  check(GOOD);
  assert.throws(() => check({ ...GOOD, roles: ['root'] }), /getMe breaks the contract: roles\.0/);
  assert.throws(() => check({ ...GOOD, name: undefined }), /name/);
  assert.throws(() => check({ ...GOOD, passwordHash: 'x' }), /has more than the contract/);
});
