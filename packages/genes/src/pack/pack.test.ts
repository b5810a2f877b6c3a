import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import type { FamilyType, Tlp } from '@genehound/contract';
import fc from 'fast-check';
import { distinctGenes } from '../gene-set.ts';
import { PACK_LAYOUTS, PackError, type PackGenes, type PackHeader, type PackLabel } from './pack-format.ts';
import { type PackEvent, PackReader } from './pack-reader.ts';
import { PackSigner, PackWriter, rawPublicKey } from './pack-writer.ts';

const TYPES: readonly FamilyType[] = ['malware', 'library', 'administration_tool'];
const TLPS: readonly Tlp[] = ['clear', 'amber+strict', 'red'];
const { privateKey } = generateKeyPairSync('ed25519');
const isLong = process.env['GENEHOUND_LONG'] === '1';

interface Content {
  readonly header: PackHeader;
  readonly genes: readonly PackGenes[];
  readonly labels: readonly (readonly PackLabel[])[];
}

function write({ header, genes, labels }: Content): Buffer {
  const writer = new PackWriter(header.scheme);
  const unsigned = Buffer.concat([
    writer.start(header),
    ...genes.map((part) => writer.genes(part)),
    ...labels.map((part) => writer.labels(part)),
    writer.finish(),
  ]);
  const signer = new PackSigner(privateKey);
  signer.update(unsigned);
  return Buffer.concat([unsigned, signer.finish()]);
}

/** Every event, read in pieces of so many bytes. */
function read(bytes: Uint8Array, piece = bytes.length): readonly PackEvent[] {
  const reader = new PackReader({ types: TYPES, tlps: TLPS });
  const events: PackEvent[] = [];
  for (let at = 0; at < bytes.length; at += piece) events.push(...reader.push(bytes.subarray(at, at + piece)));
  reader.end();
  return events;
}

const PLAIN = { noNullPrototype: true } as const;
const text = (max: number) => fc.string({ unit: 'binary', minLength: 1, maxLength: max });

const header: fc.Arbitrary<PackHeader> = fc.record(
  {
    scheme: fc.integer({ min: 1, max: 3 }),
    instructionSets: fc.uniqueArray(fc.constantFrom('x86-64', 'x86-32', 'arm64')),
    source: fc.record(
      {
        name: text(20),
        licence: text(20),
        tlp: fc.constantFrom(...TLPS),
        attribution: text(20),
        date: fc
          .date({ noInvalidDate: true, min: new Date(0), max: new Date('2100') })
          .map((date) => date.toISOString()),
      },
      PLAIN,
    ),
    families: fc.uniqueArray(fc.record({ name: text(12), type: fc.constantFrom(...TYPES) }, PLAIN), {
      minLength: 1,
      maxLength: 8,
      selector: ({ name }) => name.toLowerCase(),
    }),
  },
  PLAIN,
);

function genesFrom(pairs: readonly (readonly [number, number, number])[], families: number, cuts: number): PackGenes[] {
  const set = distinctGenes(
    Uint32Array.from(pairs, ([high]) => high),
    Uint32Array.from(pairs, ([, low]) => low),
  );
  const sets: readonly (readonly number[])[] = [[], [0], ...(families > 1 ? [[0, families - 1]] : [])];
  const parts: PackGenes[] = [];
  const size = Math.max(1, Math.ceil(set.high.length / cuts));
  for (let from = 0; from < set.high.length; from += size) {
    const [high, low] = [set.high.slice(from, from + size), set.low.slice(from, from + size)];
    parts.push({ high, low, set: high.map((word) => word % sets.length), sets });
  }
  return parts;
}

const content: fc.Arbitrary<Content> = header.chain((head) => {
  const families = head.families.length;
  const half = fc.nat(0xffff_ffff);
  const label = fc.record(
    {
      sha256: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      layout: fc.constantFrom(...PACK_LAYOUTS),
      family: fc.nat(families - 1),
    },
    PLAIN,
  );
  return fc.record(
    {
      header: fc.constant(head),
      genes: fc
        .tuple(fc.array(fc.tuple(half, half, half), { maxLength: 60 }), fc.integer({ min: 1, max: 4 }))
        .map(([pairs, cuts]) => genesFrom(pairs, families, cuts)),
      labels: fc.array(fc.array(label, { minLength: 1, maxLength: 5 }), { maxLength: 3 }),
    },
    PLAIN,
  );
});

describe('pack', () => {
  it('gives back what was written, however it is cut into pieces', () => {
    fc.assert(
      fc.property(content, fc.integer({ min: 1, max: 5_000 }), (wanted, piece) => {
        const events = read(write(wanted), piece);
        const [first, ...rest] = events;
        assert.deepEqual(first, { kind: 'header', header: wanted.header });
        const last = rest.pop();
        assert.deepEqual(rest, [
          ...wanted.genes.map((genes) => ({ kind: 'genes', genes })),
          ...wanted.labels.map((labels) => ({ kind: 'labels', labels })),
        ]);
        assert.ok(last?.kind === 'signed');
        assert.equal(last.publicKey, rawPublicKey(privateKey).toString('hex'));
      }),
      { numRuns: 150 },
    );
  });

  const sample = write(
    fc.sample(
      content.filter(({ genes, labels }) => genes.length > 2 && labels.length > 1),
      { numRuns: 1, seed: 5 },
    )[0] as Content,
  );

  it('is refused when any byte was changed, added or lost', () => {
    for (let at = 0; at < sample.length; at++) {
      const changed = Buffer.from(sample);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at & 7));
      assert.throws(() => read(changed), PackError, `byte ${at}`);
      assert.throws(() => read(sample.subarray(0, at)), PackError, `cut at ${at}`);
    }
    assert.throws(() => read(Buffer.concat([sample, Buffer.of(0)])), PackError);
    assert.equal(read(sample).at(-1)?.kind, 'signed');
  });

  it('is refused when a frame was taken out, exchanged or repeated', () => {
    const frames: Buffer[] = [];
    for (let at = 8; at < sample.length; ) {
      const length = 5 + sample.readUInt32LE(at + 1);
      frames.push(sample.subarray(at, at + length));
      at += length;
    }
    const magic = sample.subarray(0, 8);
    const pack = (parts: readonly Buffer[]): Buffer => Buffer.concat([magic, ...parts]);
    assert.deepEqual(pack(frames), sample);
    for (let i = 0; i < frames.length; i++) {
      const [one = Buffer.alloc(0), next = Buffer.alloc(0)] = [frames[i], frames[i + 1]];
      assert.throws(() => read(pack(frames.toSpliced(i, 1))), PackError, `without frame ${i}`);
      assert.throws(() => read(pack(frames.toSpliced(i, 0, one))), PackError, `frame ${i} twice`);
      if (i + 1 < frames.length) assert.throws(() => read(pack(frames.toSpliced(i, 2, next, one))), PackError);
    }
  });

  it('is refused, never read amiss, whatever the bytes are, also when they are signed', () => {
    const unsigned = sample.subarray(0, sample.length - 101);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(unsigned.length - 1), fc.uint8Array({ minLength: 1, maxLength: 6 })), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.nat(unsigned.length),
        fc.boolean(),
        (changes, cut, isCut) => {
          const bytes = Buffer.from(isCut ? unsigned.subarray(0, cut) : unsigned);
          for (const [at, to] of changes)
            bytes.set(to.subarray(0, Math.max(0, bytes.length - at)), Math.min(at, bytes.length));
          const signer = new PackSigner(privateKey);
          signer.update(bytes);
          try {
            for (const event of read(Buffer.concat([bytes, signer.finish()]))) {
              if (event.kind !== 'genes') continue;
              const { high, low, set, sets } = event.genes;
              for (let i = 0; i < high.length; i++) {
                assert.ok((set[i] ?? 0) < sets.length);
                const [h, l, a, b] = [high[i] ?? 0, low[i] ?? 0, high[i + 1], low[i + 1] ?? 0];
                assert.ok(a === undefined || h < a || (h === a && l < b));
              }
            }
          } catch (error) {
            if (!(error instanceof PackError)) throw error;
          }
        },
      ),
      { numRuns: isLong ? 200_000 : 3_000 },
    );
  });

  it('takes at most 12 bytes a gene with hundreds of families', () => {
    let state = 7;
    const next = (): number => {
      state = (Math.imul(state, 0x915f77f5) + 0x6d2b79f5) >>> 0;
      return Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) >>> 0;
    };
    const families = 500;
    const { high, low } = distinctGenes(
      Uint32Array.from({ length: 65_000 }, next),
      Uint32Array.from({ length: 65_000 }, next),
    );
    const sets = Array.from({ length: 3 * families }, (_, i) =>
      i < families ? [i] : [...new Set([next() % families, next() % families])].sort((a, b) => a - b),
    );
    const genes = { high, low, set: high.map(() => next() % sets.length), sets };
    assert.ok(new PackWriter(1).genes(genes).length / high.length <= 12);
  });

  it('names its version of the format by its first bytes', () => {
    assert.equal(sample.subarray(0, 8).toString('latin1'), 'GHPACK1\n');
  });
});
