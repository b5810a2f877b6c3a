import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { BlockHasher } from '../extraction/block-hasher.ts';
import { createDraft } from '../extraction/extractor.ts';
import { a64Decoder } from './extract-arm64.ts';
import { InstructionWords } from './instruction-words.ts';
import { FLAG } from './spec.ts';

const ARCHIVES = ['libc.a', 'libm.a'].map((name) => `/usr/aarch64-linux-gnu/lib/${name}`);

/**
 * Relocations of the low part of an address (ELF for the Arm 64-bit Architecture): ADD and LDST absolute, GOT, and
 * thread-local ones. ADD with the low part of a thread-local offset is one, too.
 */
const LOW_PARTS = new Set([
  277, 278, 284, 285, 286, 299, 312, 313, 521, 542, 549, 550, 551, 552, 553, 554, 555, 556, 557, 558, 559, 560, 563,
  564,
]);

/** Members of an `ar` archive. */
function* membersOf(archive: Buffer): Generator<Buffer> {
  for (let at = 8; at + 60 <= archive.length; ) {
    const size = Number.parseInt(archive.toString('latin1', at + 48, at + 58), 10);
    yield archive.subarray(at + 60, at + 60 + size);
    at += 60 + size + (size & 1);
  }
}

interface Section {
  readonly type: number;
  readonly flags: number;
  readonly bytes: Buffer;
  /** Of relocations: the section that they are for. */
  readonly info: number;
}

function sectionsOf(object: Buffer): readonly Section[] {
  if (object.length < 64 || object.readUInt32BE(0) !== 0x7f454c46) return [];
  const table = Number(object.readBigUInt64LE(40));
  return Array.from({ length: object.readUInt16LE(60) }, (_, i) => {
    const at = table + i * 64;
    const offset = Number(object.readBigUInt64LE(at + 24));
    const size = Number(object.readBigUInt64LE(at + 32));
    const type = object.readUInt32LE(at + 4);
    const bytes = type === 8 ? Buffer.alloc(0) : object.subarray(offset, offset + size);
    return { type, flags: object.readUInt32LE(at + 8), bytes, info: object.readUInt32LE(at + 44) };
  });
}

/** Relocation type by offset, for each section. */
function relocationsOf(sections: readonly Section[]): ReadonlyMap<number, ReadonlyMap<number, number>> {
  const bySection = new Map<number, Map<number, number>>();
  for (const { type, bytes, info } of sections) {
    if (type !== 4) continue;
    const types = bySection.get(info) ?? new Map<number, number>();
    for (let at = 0; at + 24 <= bytes.length; at += 24)
      types.set(Number(bytes.readBigUInt64LE(at)), bytes.readUInt32LE(at + 8));
    bySection.set(info, types);
  }
  return bySection;
}

interface Count {
  found: number;
  missed: number;
  wrong: number;
}

function countIn(code: Buffer, relocations: ReadonlyMap<number, number>, count: Count): void {
  const decoder = a64Decoder();
  const hasher = new BlockHasher('arm64', createDraft(0));
  const words = new InstructionWords(decoder, hasher);
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  for (let at = 0; at + 4 <= code.length; at += 4) {
    const word = view.getInt32(at, true);
    const form = decoder.formOf(word);
    if (form === 0) continue;
    const immediate = decoder.immediate[form] ?? 0;
    const low = ((decoder.flags[form] ?? 0) & FLAG.lo12) !== 0;
    words.land(at);
    hasher.reset();
    // In an object file the field is zero; with something in it one sees whether it is taken out.
    const exact = words.add(form, low ? word | immediate : word, view, at, code.length);
    const masked = low && (exact & immediate) === 0;
    const address = LOW_PARTS.has(relocations.get(at) ?? 0);
    if (masked && address) count.found++;
    else if (address) count.missed++;
    else if (masked) count.wrong++;
  }
}

describe('low parts of addresses', () => {
  for (const path of ARCHIVES) {
    it(`are those that the relocations of ${path} name`, {
      skip: existsSync(path) ? false : 'needs Debian libc6-dev-arm64-cross',
    }, (t) => {
      const count = { found: 0, missed: 0, wrong: 0 };
      for (const object of membersOf(readFileSync(path))) {
        const sections = sectionsOf(object);
        const relocations = relocationsOf(sections);
        for (const [i, section] of sections.entries()) {
          if (section.type === 1 && (section.flags & 4) !== 0)
            countIn(section.bytes, relocations.get(i) ?? new Map(), count);
        }
      }
      const { found, missed, wrong } = count;
      t.diagnostic(`${found} found, ${missed} missed, ${wrong} wrong`);
      assert.ok(found > 300);
      assert.ok(found / (found + missed) > 0.96);
      assert.ok(found / (found + wrong) > 0.99);
    });
  }
});
