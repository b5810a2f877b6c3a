import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { parseImage } from '@genehound/binary';
import {
  decodeGeneSet,
  decodeGenome,
  decodeSets,
  distinctGenes,
  encodeGeneSet,
  encodeGenome,
  encodeSets,
  extractGenome,
  FRAME,
  type Genome,
  PACK_MAGIC,
  PackError,
  type PackEvent,
  PackReader,
  PackSigner,
  PackWriter,
} from '@genehound/genes';
import { type FuzzTarget, fuzz } from './campaign.ts';
import { type Chance, changed, type Sample } from './changes.ts';
import { goldenFile } from './samples.ts';

const genomeOf = (name: string): Genome => {
  const bytes = goldenFile(name);
  return extractGenome(bytes, parseImage(bytes, 'file'));
};
const GENOMES = ['sample.elf.hex', 'sample32.elf.hex', 'arm64.elf.hex', 'cil.exe.hex'].map(genomeOf);
const SETS = GENOMES.map(({ fuzzyHigh, fuzzyLow }) => distinctGenes(fuzzyHigh, fuzzyLow));
const joined = (pick: (genome: Genome) => Uint32Array): Uint32Array =>
  Uint32Array.from(GENOMES.flatMap((genome) => [...pick(genome)]));
const ALL = distinctGenes(
  joined((genome) => genome.fuzzyHigh),
  joined((genome) => genome.fuzzyLow),
);
const TYPES = ['malware', 'library'] as const;
const TLPS = ['clear', 'red'] as const;

/** Where nothing says so by itself: the header is that of the valid bytes, and there is as much behind it as it says. */
const isAsMuch = (bytes: Uint8Array, { bytes: valid, header }: Sample): boolean =>
  bytes.length === valid.length && Buffer.compare(bytes.subarray(0, header), valid.subarray(0, header)) === 0;

describe('changed genomes', () => {
  it('are read as genomes that are written the same, or not at all', async (t) => {
    const problems = [
      { code: 'a', message: 'what was wrong', at: 3 },
      { code: 'b', message: '' },
    ];
    const target: FuzzTarget = {
      name: 'genomes',
      samples: GENOMES.map((genome) => ({ bytes: encodeGenome({ ...genome, problems }), header: 12 })),
      quick: 20_000,
      read: (bytes, _, sample) => {
        const genome = decodeGenome(bytes);
        if (genome === undefined) return isAsMuch(bytes, sample);
        const again = encodeGenome(genome);
        const twice = decodeGenome(again);
        assert.ok(twice !== undefined && Buffer.compare(encodeGenome(twice), again) === 0);
        return true;
      },
    };
    t.diagnostic(await fuzz(target));
  });
});

describe('changed gene sets', () => {
  it('are read as sorted distinct genes, or not at all', async (t) => {
    const target: FuzzTarget = {
      name: 'gene sets',
      samples: SETS.map((set) => ({ bytes: encodeGeneSet(set, 1), header: 0 })),
      quick: 20_000,
      read: (bytes) => {
        const { high, low, problems } = decodeGeneSet(bytes);
        for (let i = 1; i < high.length; i++) {
          const [a = 0, b = 0] = [high[i - 1], high[i]];
          assert.ok(a < b || (a === b && (low[i - 1] ?? 0) < (low[i] ?? 0)));
        }
        assert.ok(high.length <= bytes.length * 8);
        return problems.length === 0;
      },
    };
    t.diagnostic(await fuzz(target));
  });
});

const header = {
  scheme: 1,
  instructionSets: ['x86-64', 'arm64'],
  source: { name: 'test', licence: 'Apache-2.0', tlp: TLPS[0], attribution: '', date: '2026-11-01T00:00:00Z' },
  families: Array.from({ length: 9 }, (_, i) => ({ name: `family ${i}`, type: TYPES[i & 1] ?? TYPES[0] })),
};

describe('changed label sets of a pack', () => {
  it('are read as ascending families, or refused', async (t) => {
    const set = Uint32Array.from({ length: 40 }, (_, i) => i % 5);
    const sets = [[0], [1, 2], [2, 3, 8], [], [7]];
    const target: FuzzTarget = {
      name: 'label sets',
      samples: [{ bytes: encodeSets({ set, sets }), header: 0 }],
      quick: 20_000,
      read: (bytes) => {
        try {
          const found = decodeSets(bytes, 40, 9);
          for (const place of found.set) assert.ok(place < found.sets.length);
          for (const families of found.sets) {
            for (let i = 0; i < families.length; i++) {
              assert.ok((families[i] ?? 9) < 9 && (i === 0 || (families[i] ?? 0) > (families[i - 1] ?? 0)));
            }
          }
          return true;
        } catch (error) {
          if (!(error instanceof PackError)) throw error;
          // There is no header: what lies behind the places is read.
          return bytes.length > 80;
        }
      },
    };
    t.diagnostic(await fuzz(target));
  });
});

interface Frame {
  readonly kind: number;
  readonly payload: Uint8Array;
  /** Before it was packed, where frames of this kind are. */
  readonly content: Uint8Array;
}

const isPacked = (kind: number): boolean => kind === FRAME.genes || kind === FRAME.labels;

function framesOf(pack: Uint8Array): readonly Frame[] {
  const bytes = Buffer.from(pack);
  const frames: Frame[] = [];
  for (let at = PACK_MAGIC.length; at < bytes.length; ) {
    const [kind, length] = [bytes.readUInt8(at), bytes.readUInt32LE(at + 1)];
    const payload = bytes.subarray(at + 5, at + 5 + length);
    frames.push({ kind, payload, content: isPacked(kind) ? zstdDecompressSync(payload) : payload });
    at += 5 + length;
  }
  return frames;
}

function packOf(frames: readonly Pick<Frame, 'kind' | 'payload'>[]): Buffer {
  const parts: Uint8Array[] = [PACK_MAGIC];
  for (const { kind, payload } of frames) {
    const head = Buffer.alloc(5);
    head.writeUInt8(kind, 0);
    head.writeUInt32LE(payload.length, 1);
    parts.push(head, payload);
  }
  return Buffer.concat(parts);
}

describe('changed packs', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const writer = new PackWriter(1);
  const genes = (from: number, to: number) => {
    const [high, low] = [ALL.high.slice(from, to), ALL.low.slice(from, to)];
    return writer.genes({ high, low, set: Uint32Array.from(high, (_, i) => i % 2), sets: [[1], [2, 5]] });
  };
  const labels = [1, 2, 3].map((n) => ({ sha256: new Uint8Array(32).fill(n), layout: 'raw' as const, family: n }));
  const unsigned = Buffer.concat([
    writer.start(header),
    genes(0, 6),
    genes(6, 12),
    writer.labels(labels),
    writer.finish(),
  ]);
  const sign = (pack: Buffer): Buffer => {
    const signer = new PackSigner(privateKey);
    signer.update(pack);
    return Buffer.concat([pack, signer.finish()]);
  };
  const frames = framesOf(unsigned);

  /** Half of them as they lie, half with the content of a frame changed before it is packed; of these some are signed. */
  const make = (sample: Sample, chance: Chance): Uint8Array => {
    if (chance.below(2) === 0) return changed(sample, chance);
    const which = chance.below(frames.length);
    const pack = packOf(
      frames.map((frame, i) => {
        if (i !== which) return frame;
        const content = changed({ bytes: frame.content, header: 0 }, chance);
        return { kind: frame.kind, payload: isPacked(frame.kind) ? zstdCompressSync(content) : content };
      }),
    );
    return chance.below(16) === 0 ? sign(pack) : pack;
  };

  it('are read up to what is wrong with them, and refused in words', async (t) => {
    const whole = sign(unsigned);
    assert.deepEqual(framesOf(whole).length, 6);
    const target: FuzzTarget = {
      name: 'packs',
      samples: [{ bytes: whole, header: 0 }],
      make,
      quick: 5_000,
      read: (bytes, chance) => {
        const reader = new PackReader({ types: TYPES, tlps: TLPS });
        const events: PackEvent[] = [];
        const piece = chance.below(4) === 0 ? chance.below(200) + 1 : bytes.length;
        try {
          for (let at = 0; at < bytes.length; at += piece)
            for (const event of reader.push(bytes.subarray(at, at + piece))) events.push(event);
          reader.end();
        } catch (error) {
          if (!(error instanceof PackError)) throw error;
        }
        assertSorted(events);
        return events.some(({ kind }) => kind === 'header');
      },
    };
    t.diagnostic(await fuzz(target));
  });
});

function assertSorted(events: readonly PackEvent[]): void {
  let last = -1n;
  for (const event of events) {
    if (event.kind !== 'genes') continue;
    const { high, low } = event.genes;
    for (let i = 0; i < high.length; i++) {
      const gene = (BigInt(high[i] ?? 0) << 32n) | BigInt(low[i] ?? 0);
      assert.ok(gene > last, 'genes that are not sorted');
      last = gene;
    }
  }
}
