import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { AppError } from '@genehound/contract';
import { createLog } from '@genehound/intake';
import { createVault } from '../../platform/vault.ts';
import { createProvider } from './provider.ts';

test('a provider that is down is asked once for all who come meanwhile, and again for who comes later', async () => {
  let asked = 0;
  const held: (() => void)[] = [];
  const http = createServer((_request, response) => {
    asked += 1;
    held.push(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(http, 'listening');
  const address = http.address();
  const issuer = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const config = {
    name: 'Example',
    issuer,
    clientId: 'genehound',
    consoleUrl: 'https://console.example.org',
    scopes: 'openid',
    nameClaim: 'preferred_username',
    signOut: true,
    rules: [{ claim: 'groups', value: 'a', organisation: 'default', roles: ['viewer' as const] }],
  };
  const provider = createProvider(config, createVault(randomBytes(32)), createLog('silent'));
  const come = async () => {
    const all = Promise.allSettled(Array.from({ length: 40 }, async () => await provider.begin()));
    await once(http, 'request');
    held.shift()?.();
    for (const one of await all)
      assert.ok(one.status === 'rejected' && one.reason instanceof AppError && one.reason.code === 'unavailable');
  };
  await come();
  assert.equal(asked, 1);
  await come();
  assert.equal(asked, 2);
  http.close();
});
