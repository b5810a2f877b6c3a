import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  readCatalogMembers,
  readCertificate,
  readIndirectDigest,
  readPeSignatures,
  readSignedData,
} from '@genehound/binary';
import { fuzz } from './campaign.ts';
import { windowsLibrary } from './samples.ts';

const PROGRAM = windowsLibrary('x86_64-w64-mingw32-gcc');
/** What stands before the certificates and the signer. */
const HEADER = 0x20;

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, 0x82, body.length >> 8, body.length & 0xff]), body]);
}

/** What a catalog signs: eight members, as their digests alone (`bare`) or as attributes of them. */
function trustList(bare: boolean): Buffer {
  const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
  const sha256 = der(0x30, oid('608648016503040201'));
  const members = Array.from({ length: 8 }, (_, index) => {
    const digest = Buffer.alloc(32, index);
    const data = der(0x30, der(0x30, oid('2b06010401823702010f')), der(0x30, sha256, der(0x04, digest)));
    const attribute = der(0x30, oid('2b060104018237020104'), der(0x31, data));
    return der(0x30, der(0x04, digest), bare ? der(0x31) : der(0x31, attribute));
  });
  const head = [der(0x30, oid('2b0601040182370c0101')), der(0x04, Buffer.alloc(16))];
  const time = der(0x17, Buffer.from('250101000000Z'));
  return Buffer.concat([...head, time, der(0x30, oid('2b0601040182370c0103')), der(0x30, ...members)]);
}

let folder = '';
let signed: Uint8Array = new Uint8Array(0);
let message: Uint8Array = new Uint8Array(0);
let catalogs: readonly Uint8Array[] = [];

function sign(program: Uint8Array): Uint8Array {
  const run = (tool: string, ...args: readonly string[]) => execFileSync(tool, args, { cwd: folder, stdio: 'pipe' });
  writeFileSync(join(folder, 'in.dll'), program);
  const made = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-subj',
    '/O=Works/CN=Publisher',
  ];
  const usage = ['-addext', 'extendedKeyUsage=codeSigning', '-addext', 'keyUsage=digitalSignature'];
  run('openssl', 'req', '-x509', ...made, '-keyout', 'key.pem', '-out', 'cert.pem', ...usage);
  run('osslsigncode', 'sign', '-certs', 'cert.pem', '-key', 'key.pem', '-in', 'in.dll', '-out', 'out.dll');
  return new Uint8Array(readFileSync(join(folder, 'out.dll')));
}

describe('changed signatures', { skip: PROGRAM === null ? 'needs Debian mingw-w64' : false }, () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'genehound-fuzz-signatures-'));
    signed = sign(PROGRAM ?? new Uint8Array(0));
    message = readPeSignatures(signed).signatures[0] ?? new Uint8Array(0);
    assert.ok(message.length > 0);
    catalogs = [false, true].map(trustList);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('of a program: what is covered lies in the file, and what is not is told', async (t) => {
    const read = (changed: Uint8Array): boolean => {
      const { covered, signatures, problems } = readPeSignatures(changed);
      let bytes = 0;
      for (const { from, to } of covered ?? []) {
        assert.ok(from >= 0 && from <= to && to <= changed.length);
        bytes += to - from;
      }
      assert.ok(bytes <= changed.length);
      const held = signatures.reduce((sum, one) => sum + one.length, 0);
      assert.ok(held <= changed.length - bytes || problems.length > 0, 'a signature within what it covers');
      return signatures.length > 0;
    };
    const header = new DataView(signed.buffer, signed.byteOffset).getUint32(0x3c, true) + 0x100;
    t.diagnostic(await fuzz({ name: 'Authenticode of PE', samples: [{ bytes: signed, header }], quick: 3_000, read }));
  });

  it('as messages: no more than is bounded is read of them', async (t) => {
    const read = (changed: Uint8Array): boolean => {
      const data = readSignedData(changed);
      if (data === null) return false;
      assert.ok(data.certificates.length <= 32 && data.signers.length <= 4);
      for (const der of data.certificates) assert.ok(der.length <= 8_192);
      readIndirectDigest(data.content);
      const members = readCatalogMembers(data.content);
      assert.ok((members?.sha256.length ?? 0) <= changed.length);
      return data.signers.length > 0;
    };
    t.diagnostic(await fuzz({ name: 'PKCS #7', samples: [{ bytes: message, header: HEADER }], quick: 10_000, read }));
  });

  it('as catalogs: members are digests, and no more than there is room for', async (t) => {
    const read = (changed: Uint8Array): boolean => {
      const members = readCatalogMembers(changed);
      for (const one of members?.sha256 ?? []) assert.equal(one.length, 32);
      assert.ok(32 * (members?.sha256.length ?? 0) + (members?.weak ?? 0) <= changed.length);
      return (members?.sha256.length ?? 0) > 0;
    };
    const samples = catalogs.map((bytes) => ({ bytes, header: HEADER }));
    t.diagnostic(await fuzz({ name: 'catalogs', samples, quick: 10_000, read }));
  });

  it('by changed certificates: names are single and short', async (t) => {
    const certificate = readSignedData(message)?.certificates[0] ?? new Uint8Array(0);
    const read = (changed: Uint8Array): boolean => {
      const facts = readCertificate(changed);
      if (facts === null) return false;
      assert.ok((facts.name ?? '').length <= 1_200 && !/[\p{C}\p{Zl}\p{Zp}]/u.test(facts.name ?? ''));
      assert.ok(Number.isFinite(facts.notBefore) && Number.isFinite(facts.notAfter));
      return true;
    };
    t.diagnostic(await fuzz({ name: 'X.509', samples: [{ bytes: certificate, header: HEADER }], quick: 10_000, read }));
  });
});
