import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { FRAME, LIMITS, PackError, type PackGenes } from './pack-format.ts';
import { decodeGenes, encodeGenes, encodeLabels } from './pack-frames.ts';
import { PackReader } from './pack-reader.ts';
import { PackSigner, PackWriter, rawPublicKey } from './pack-writer.ts';

const TYPES = ['malware'] as const;
const TLPS = ['clear'] as const;
const header = {
  scheme: 1,
  instructionSets: ['x86-64'],
  source: { name: 'test', licence: 'Apache-2.0', tlp: TLPS[0], attribution: '', date: '2026-11-01T00:00:00Z' },
  families: [{ name: 'one', type: TYPES[0] }],
};
const genes = (...low: readonly number[]): PackGenes => ({
  high: new Uint32Array(low.length),
  low: Uint32Array.from(low),
  set: new Uint32Array(low.length),
  sets: [[0]],
});
const { privateKey, publicKey } = generateKeyPairSync('ed25519');

function read(bytes: Uint8Array): void {
  const reader = new PackReader({ types: TYPES, tlps: TLPS });
  for (const _ of reader.push(bytes));
  reader.end();
}

function frame(kind: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(kind, 0);
  head.writeUInt32LE(payload.length, 1);
  return Buffer.concat([head, payload]);
}

describe('a writer of packs', () => {
  it('refuses genes that are not sorted, in a frame or after another', () => {
    const writer = new PackWriter(1);
    writer.genes(genes(5, 9));
    assert.throws(() => writer.genes(genes(9, 10)), /come sorted/);
    assert.throws(
      () => encodeGenes(genes(...Array.from({ length: LIMITS.entries + 1 }, (_, i) => i + 1)), 1),
      RangeError,
    );
    const label = { sha256: new Uint8Array(32), layout: 'raw' as const, family: 0 };
    assert.throws(() => encodeLabels(Array.from({ length: LIMITS.entries + 1 }, () => label)), RangeError);
  });

  it('signs with private Ed25519 keys only', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
    assert.throws(() => new PackSigner(rsa.privateKey), PackError);
    assert.throws(() => new PackSigner(publicKey), PackError);
    assert.throws(() => rawPublicKey(rsa.publicKey), PackError);
    assert.deepEqual(rawPublicKey(publicKey), rawPublicKey(privateKey));
  });
});

describe('a reader of packs', () => {
  const start = new PackWriter(1).start(header);
  const end = new PackWriter(1).finish();

  it('refuses the gene 0, which is none', () => {
    const content = encodeGenes(genes(1), 1);
    assert.doesNotThrow(() => decodeGenes(content, 1, 1));
    // The same frame, whose only gene differs from 0 by 0.
    assert.throws(() => decodeGenes(encodeGenes(genes(0), 1), 1, 1), /gene 0/);
    assert.throws(() => decodeGenes(zstdCompressSync(new Uint8Array(2)), 1, 1), PackError);
  });

  it('refuses a signature of another length, one by bytes that are no key, and what follows one', () => {
    const unsigned = Buffer.concat([start, end]);
    assert.throws(() => read(Buffer.concat([unsigned, frame(FRAME.signature, new Uint8Array(95))])), /damaged/);
    assert.throws(
      () => read(Buffer.concat([unsigned, frame(FRAME.signature, new Uint8Array(96).fill(2))])),
      /does not fit/,
    );
    const signer = new PackSigner(privateKey);
    signer.update(unsigned);
    const signed = Buffer.concat([unsigned, signer.finish()]);
    assert.doesNotThrow(() => read(signed));
    assert.throws(() => read(Buffer.concat([signed, Buffer.alloc(1)])), PackError);
    assert.throws(() => read(Buffer.concat([start, frame(FRAME.signature, new Uint8Array(96))])), /before the end/);
    assert.throws(() => read(unsigned), /cut off/);
  });

  it('refuses a header that names a family twice', () => {
    const twice = { ...header, families: [...header.families, { name: 'ONE', type: TYPES[0] }] };
    assert.throws(() => read(new PackWriter(1).start(twice)), /twice/);
  });
});
