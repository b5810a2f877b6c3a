import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import {
  AUTHENTICODE,
  readCatalogMembers,
  readCertificate,
  readCounterSigner,
  readIndirectDigest,
  readPeSignatures,
  readSignedData,
  readTimeStampInfo,
} from '../index.ts';

let folder = '';
const run = (tool: string, ...args: readonly string[]): string =>
  execFileSync(tool, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, name)));

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'genehound-test-authenticode-'));
  writeFileSync(join(folder, 'main.c'), 'int main(void) { return 0; }');
  run(
    'openssl',
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'key.pem',
    '-out',
    'cert.pem',
    '-subj',
    '/O=Example, Works/CN=Example Publisher',
    '-addext',
    'extendedKeyUsage=codeSigning',
    '-addext',
    'keyUsage=digitalSignature',
  );
  for (const [name, prefix] of [
    ['wide', 'x86_64'],
    ['narrow', 'i686'],
  ]) {
    run(`${prefix}-w64-mingw32-gcc`, '-s', '-o', `${name}.exe`, 'main.c');
    run(
      'osslsigncode',
      'sign',
      '-certs',
      'cert.pem',
      '-key',
      'key.pem',
      '-in',
      `${name}.exe`,
      '-out',
      `${name}-signed.exe`,
    );
  }
});
after(() => rmSync(folder, { recursive: true, force: true }));

function digestOf(file: Uint8Array): string {
  const { covered, padding } = readPeSignatures(file);
  const hash = createHash('sha256');
  for (const { from, to } of covered ?? []) hash.update(file.subarray(from, to));
  return hash.update(Buffer.alloc(padding)).digest('hex');
}

for (const name of ['wide', 'narrow']) {
  test(`${name}: the digest is that which the signer calculates, with and without the signature`, () => {
    const signed = bytesOf(`${name}-signed.exe`);
    const { signatures, problems } = readPeSignatures(signed);
    assert.deepEqual(problems, []);
    assert.equal(signatures.length, 1);
    let said = '';
    try {
      said = run('osslsigncode', 'verify', '-in', `${name}-signed.exe`);
    } catch (error) {
      // The certificate is nobody's; the digest is printed all the same.
      said = String((error as { stdout?: unknown }).stdout);
    }
    const calculated = /Calculated message digest\s*:\s*([0-9A-F]{64})/.exec(said)?.[1]?.toLowerCase();
    assert.equal(digestOf(signed), calculated);
    assert.equal(digestOf(bytesOf(`${name}.exe`)), calculated);
    const data = readSignedData(signatures[0] ?? new Uint8Array());
    assert.equal(data?.contentType, AUTHENTICODE.indirectData);
    const digest = readIndirectDigest(data?.content ?? new Uint8Array());
    assert.deepEqual([digest?.name, digest?.kind], ['sha256', AUTHENTICODE.peImage]);
    assert.equal(Buffer.from(digest?.value ?? []).toString('hex'), calculated);
  });
}

test('a certificate says its name so that it cannot be read as another one', () => {
  const [signature = new Uint8Array()] = readPeSignatures(bytesOf('wide-signed.exe')).signatures;
  const facts = readCertificate(readSignedData(signature)?.certificates[0] ?? new Uint8Array());
  assert.equal(facts?.name, 'CN=Example Publisher, O=Example\\, Works');
  assert.deepEqual(facts?.usages, ['1.3.6.1.5.5.7.3.3']);
  assert.equal(facts?.keyUsage, 1);
  assert.equal(facts?.isAuthority, true);
});

test('bytes that no signature covers are a problem, wherever they hide', () => {
  const signed = bytesOf('wide-signed.exe');
  const codes = (file: Uint8Array) => readPeSignatures(file).problems.map(({ code }) => code);
  assert.deepEqual(codes(Buffer.concat([signed, Buffer.from('behind!!')])), ['behind-signatures']);
  const view = new DataView(signed.buffer, signed.byteOffset);
  const entry = view.getUint32(0x3c, true) + 24 + 112 + 32;
  const grown = Buffer.concat([signed, Buffer.from('hidden within!!!')]);
  grown.writeUInt32LE(view.getUint32(entry + 4, true) + 16, entry + 4);
  const table = view.getUint32(entry, true);
  grown.writeUInt32LE(view.getUint32(table, true) + 16, table);
  assert.deepEqual(codes(grown), ['signature-padding']);
  const [signature = new Uint8Array()] = readPeSignatures(signed).signatures;
  // An entry that ends 4 bytes before the next multiple of 8, which is where the table ends.
  const length = 8 + signature.length + ((12 - (signature.length % 8)) % 8);
  const filled = Buffer.concat([signed.subarray(0, table + 8), signature, Buffer.alloc(length - 8 - signature.length)]);
  filled.writeUInt32LE(length, table);
  filled.writeUInt32LE(length + 4, entry + 4);
  assert.deepEqual(codes(Buffer.concat([filled, Buffer.alloc(4)])), []);
  assert.deepEqual(codes(Buffer.concat([filled, Buffer.from('hide')])), ['signature-padding']);
  const stuffed = Buffer.concat([signature, Buffer.from('0402abcd', 'hex')]);
  // The message is SEQUENCE { OID of 11 bytes, [0] { … } }, both of two bytes of length.
  for (const [at, tag] of [
    [0, 0x30],
    [15, 0xa0],
  ] as const) {
    assert.equal(stuffed.readUInt16BE(at), (tag << 8) | 0x82);
    stuffed.writeUInt16BE(stuffed.readUInt16BE(at + 2) + 4, at + 2);
  }
  assert.notEqual(readSignedData(signature), null);
  assert.equal(readSignedData(stuffed), null, 'bytes behind the message, within its box');
  const outside = Buffer.from(signed);
  outside.writeUInt32LE(0xffff_fff0, entry);
  assert.deepEqual(codes(outside), ['signature-table']);
});

test('no bytes make a reader throw', () => {
  const signed = bytesOf('wide-signed.exe');
  const [signature = new Uint8Array()] = readPeSignatures(signed).signatures;
  const certificate = readSignedData(signature)?.certificates[0] ?? new Uint8Array();
  const readAll = (bytes: Uint8Array): void => {
    const { covered, signatures } = readPeSignatures(bytes);
    for (const { from, to } of covered ?? []) assert.ok(from >= 0 && to <= bytes.length);
    for (const one of [...signatures, bytes]) {
      const data = readSignedData(one);
      for (const read of [readIndirectDigest, readTimeStampInfo, readCatalogMembers]) read(data?.content ?? one);
      data?.certificates.map(readCertificate);
    }
    readCertificate(bytes);
    readCounterSigner(bytes);
  };
  for (const seed of [signed, signature, certificate]) {
    const at = fc.integer({ min: Math.max(0, seed.length - 0x1000), max: seed.length - 1 });
    const place = seed === signed ? fc.oneof(fc.nat(0x200), at) : fc.nat(seed.length - 1);
    fc.assert(
      fc.property(fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 6 }), fc.nat(40), (edits, cut) => {
        const bytes = seed.slice(0, seed.length - (cut > 30 ? cut * 7 : 0));
        for (const [index, value] of edits) bytes[index] = value;
        readAll(bytes);
      }),
      { numRuns: 2_000 },
    );
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), readAll), { numRuns: 2_000 });
});
