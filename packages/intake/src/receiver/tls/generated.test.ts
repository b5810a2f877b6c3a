import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { generatedCertificate } from './generated.ts';

test('a generated certificate is made anew near its end, for other names, and for another authority', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'genehound-generated-'));
  const now = new Date('2026-11-24T00:00:00Z');
  const later = (days: number) => new Date(now.getTime() + days * 86_400_000);
  const serial = async (names: readonly string[], at: Date) => {
    const { certificate, authority } = await generatedCertificate(directory, names, at);
    const own = new X509Certificate(certificate);
    assert.ok(own.checkIssued(new X509Certificate(authority)));
    assert.ok(own.verify(new X509Certificate(authority).publicKey));
    return { serial: own.serialNumber, authority };
  };
  const first = await serial(['a.test'], now);
  assert.deepEqual(await serial(['a.test'], later(300)), first, 'it lasts');
  const renewed = await serial(['a.test'], later(380));
  assert.notEqual(renewed.serial, first.serial);
  assert.equal(renewed.authority, first.authority);
  assert.notEqual((await serial(['a.test', '10.1.2.3'], later(380))).serial, renewed.serial);
  await rm(join(directory, 'authority.pem'));
  assert.notEqual((await serial(['a.test', '10.1.2.3'], later(380))).authority, first.authority);
  await rm(directory, { recursive: true });
});
