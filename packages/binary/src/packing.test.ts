import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { writeElf } from './elf/elf-writer.ts';
import { type Layout, parseImage } from './index.ts';
import { entropyOf } from './packing.ts';

const packing = (bytes: Uint8Array, layout: Layout = 'file'): readonly string[] =>
  parseImage(bytes, layout).problems.flatMap(({ code }) => (code.includes('packed') ? [code] : []));

const read = (path: string): Uint8Array => new Uint8Array(readFileSync(path));

/** UPX is in no stable release of Debian now; where there is one it packs real programs here. */
const UPX = ['/usr/bin/upx', '/usr/bin/upx-ucl'].find((path) => existsSync(path));

const PROGRAMS = ['/bin/bash', '/usr/bin/git', '/usr/lib32/libc.so.6', '/lib/x86_64-linux-gnu/libc.so.6'];

describe('packing', () => {
  for (const path of PROGRAMS.filter((program) => existsSync(program))) {
    it(`is not seen in ${path}`, () => assert.deepEqual(packing(read(path)), []));
  }

  it('is seen where the code is compressed, and named where the packer left its mark', () => {
    const dense = new Uint8Array(deflateRawSync(read('/bin/bash')));
    const stub = { type: 1, flags: 5, address: 0x1000n, bytes: new Uint8Array(600).fill(0x90) };
    const packed = writeElf({ parts: [stub, { type: 1, flags: 5, address: 0x10_0000n, bytes: dense }] });
    assert.deepEqual(packing(packed), ['probably-packed']);
    const marked = Uint8Array.from([...packed, ...new TextEncoder().encode('UPX!'), 0, 0]);
    assert.deepEqual(packing(marked), ['packed']);
  });

  it('is not seen in a big program with dense data or a mark alone', () => {
    const dense = new Uint8Array(deflateRawSync(read('/bin/bash')));
    const code = { type: 1, flags: 5, address: 0x1000n, bytes: read('/bin/bash').slice(0x30000, 0xb0000) };
    const data = writeElf({ parts: [code, { type: 1, flags: 4, address: 0x20_0000n, bytes: dense }] });
    assert.deepEqual(packing(data), []);
    assert.deepEqual(packing(Uint8Array.from([...writeElf({ parts: [code] }), 0x55, 0x50, 0x58, 0x21])), []);
  });

  for (const path of UPX === undefined ? [] : PROGRAMS.filter((program) => existsSync(program))) {
    it(`by UPX is seen in ${path}`, () => {
      const folder = mkdtempSync(join(tmpdir(), 'genehound-upx-'));
      try {
        const out = join(folder, 'packed');
        execFileSync(String(UPX), ['-q', '--force', path, '-o', out], { stdio: 'ignore' });
        assert.deepEqual(packing(read(out)), ['packed']);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
});

describe('entropyOf', () => {
  it('is 0 for one value, 8 for all, and within that for any bytes and bounds', () => {
    assert.equal(entropyOf(new Uint8Array(100).fill(7), 0, 100), 0);
    assert.equal(
      entropyOf(
        Uint8Array.from({ length: 2560 }, (_, i) => i),
        0,
        2560,
      ),
      8,
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(400), fc.nat(400), (bytes, offset, size) => {
        const entropy = entropyOf(bytes, offset, size);
        assert.ok(entropy >= 0 && entropy <= 8);
      }),
    );
  });

  it('is the same from a sample of a large piece as from all of it, wherever its dense bytes lie', () => {
    const size = 3_000_000;
    const wholly = (bytes: Uint8Array): number => {
      const shares = new Map<number, number>();
      for (const byte of bytes) shares.set(byte, (shares.get(byte) ?? 0) + 1 / bytes.length);
      return [...shares.values()].reduce((bits, share) => bits - share * Math.log2(share), 0);
    };
    for (const denseFrom of [0, size / 4, size / 2, size]) {
      const bytes = Uint8Array.from({ length: size }, (_, i) =>
        i < denseFrom ? (i * 7) & 31 : (Math.imul(i, 0x9e3779b1) >>> 13) & 255,
      );
      assert.ok(Math.abs(entropyOf(bytes, 0, size) - wholly(bytes)) < 0.05, String(denseFrom));
    }
  });
});
