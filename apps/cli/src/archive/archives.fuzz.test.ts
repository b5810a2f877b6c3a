import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Chance, changed, type FuzzTarget, fuzz, type Sample } from '@genehound/test';
import { arMembers } from './ar.ts';
import { ArchiveError } from './archive-error.ts';
import { type PlainFile, testAr, testCpio, testRpm, testZip } from './archive-writers.test-helper.ts';
import { Budget, ByteStream } from './byte-stream.ts';
import { cpioMembers } from './cpio.ts';
import type { Member } from './member.ts';
import { alpineFacts, debianFacts } from './package-facts.ts';
import { readRpmHeaders } from './rpm.ts';
import { inPieces, longName, paxHeader, repairSums, testTar } from './tar.test-helper.ts';
import { tarMembers } from './tar.ts';
import { zipMembers } from './zip.ts';

const LIMITS = { entries: 1_000, bytes: 1 << 20 };
const body = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7) & 0xff);
const FILES: readonly PlainFile[] = [
  { name: 'usr/bin/a', body: body(90) },
  { name: 'control', body: body(333) },
  { name: 'c', body: body(1) },
];

/** Reads what there is; more than the budget allows, or anything but an ArchiveError, is a failure. True where there was a member. */
async function isRead(members: AsyncGenerator<Member>): Promise<boolean> {
  let found = 0;
  let bytes = 0;
  try {
    for await (const member of members) {
      found++;
      // Some bodies are left for the reader of the archive to skip.
      if (found % 3 === 0) continue;
      for await (const part of member.body.chunks()) bytes += part.length;
    }
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
  }
  assert.ok(found <= LIMITS.entries && bytes <= LIMITS.bytes);
  return found > 0;
}

function streamOf(bytes: Uint8Array, chance: Chance): { readonly stream: ByteStream; readonly budget: Budget } {
  const budget = new Budget(LIMITS);
  return { stream: new ByteStream(inPieces(bytes, chance.below(700) + 50), budget), budget };
}

const TARGETS: readonly FuzzTarget[] = [
  {
    name: 'tar',
    samples: [
      {
        bytes: testTar([
          longName('x'.repeat(200)),
          { name: 'a', body: body(600) },
          paxHeader({ path: 'z', size: '3' }),
          { name: 'b', body: body(3) },
        ]),
        header: 0,
      },
    ],
    // Most changes of a header are found by its check sum: of half the archives it is made right again.
    make: (sample: Sample, chance: Chance) => {
      const bytes = changed(sample, chance);
      if (chance.below(2) === 0) repairSums(bytes);
      return bytes;
    },
    quick: 2_000,
    read: async (bytes, chance) => {
      const { stream, budget } = streamOf(bytes, chance);
      return await isRead(tarMembers(stream, budget));
    },
  },
  {
    name: 'ar',
    samples: [{ bytes: testAr(FILES), header: 0 }],
    quick: 2_000,
    read: async (bytes, chance) => {
      const { stream, budget } = streamOf(bytes, chance);
      return await isRead(arMembers(stream, budget));
    },
  },
  {
    name: 'cpio',
    samples: [{ bytes: testCpio(FILES), header: 0 }],
    quick: 2_000,
    read: async (bytes, chance) => {
      const { stream, budget } = streamOf(bytes, chance);
      return await isRead(cpioMembers(stream, budget));
    },
  },
  {
    name: 'zip',
    samples: [{ bytes: testZip(FILES), header: 0 }],
    quick: 1_000,
    read: async (bytes) => {
      const told: string[] = [];
      const file = { size: bytes.length, read: async (at: number, length: number) => bytes.subarray(at, at + length) };
      const found = await isRead(zipMembers(file, new Budget(LIMITS), (path) => void told.push(path)));
      return found || told.length > 0;
    },
  },
  {
    name: 'rpm',
    samples: [
      {
        bytes: testRpm({
          1000: 'name',
          1001: '1.2',
          1002: '3',
          1016: 'System/Libraries',
          1022: 'x86_64',
          1124: 'cpio',
        }),
        header: 0,
      },
    ],
    quick: 2_000,
    read: async (bytes, chance) => {
      try {
        const facts = await readRpmHeaders(streamOf(bytes, chance).stream);
        for (const word of Object.values(facts)) assert.ok(word.length <= 1_100);
        return true;
      } catch (error) {
        if (!(error instanceof ArchiveError)) throw error;
        return false;
      }
    },
  },
  {
    name: 'words of packages',
    samples: [
      {
        bytes: Buffer.from(
          'Package: bash\nVersion: 5.2-1\nSource: bash (5.2)\nSection: base/shells\nArchitecture: amd64\n',
        ),
        header: 0,
      },
      {
        bytes: Buffer.from('# made by abuild\npkgname = musl\npkgver = 1.2\norigin = musl\narch = x86_64\n'),
        header: 0,
      },
    ],
    quick: 5_000,
    read: (bytes) => {
      const text = new TextDecoder().decode(bytes);
      const found = [debianFacts(text), alpineFacts(text)].filter((facts) => facts !== null);
      for (const facts of found) for (const word of Object.values(facts)) assert.ok(word.length <= 200);
      return found.length > 0;
    },
  },
];

describe('changed archives are read up to what is wrong with them', () => {
  for (const target of TARGETS) it(target.name, async (t) => t.diagnostic(await fuzz(target)));
});
