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

let folder = '';
let signed: Uint8Array = new Uint8Array(0);
let message: Uint8Array = new Uint8Array(0);

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
