import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { Readable } from 'node:stream';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { allGenes, distinctGenes } from '@genehound/genes';
import { type Confinement, confine } from './confinement.ts';
import { Extractor, LAST_OF_CHILD, type Outcome, type Source } from './extractor.ts';
import { ExtractorPool } from './extractor-pool.ts';

const source = (bytes: Uint8Array | string): Source => {
  const buffer = Buffer.from(bytes);
  return { size: buffer.length, open: async () => Readable.from([buffer]) };
};

/** A real program that every Debian machine has. */
const CODE = readFileSync('/bin/sh');

const honest = confine();
const misbehaving: Confinement = {
  ...honest,
  args: [...honest.args.slice(0, -1), fileURLToPath(new URL('./misbehaving-child.ts', import.meta.url))],
};

const broken: string[] = [];
const extractors: Extractor[] = [];
after(() => {
  for (const extractor of extractors) extractor.close();
});
function extractor(confinement: Confinement): Extractor {
  const made = new Extractor(confinement, (reason) => broken.push(reason));
  extractors.push(made);
  return made;
}

/** Ids of this process's children. */
function childProcesses(): readonly string[] {
  return readdirSync('/proc/self/task').flatMap((thread) =>
    readFileSync(`/proc/self/task/${thread}/children`, 'utf8').split(' ').filter(Boolean),
  );
}

function reasonOf(outcome: Outcome | null): string {
  assert.equal(outcome?.kind, 'broken');
  return outcome.kind === 'broken' ? outcome.reason : '';
}

describe('an extracting child', () => {
  it('extracts artifact after artifact', async () => {
    const one = extractor(honest);
    for (let round = 0; round < 3; round += 1) {
      const outcome = await one.extract(source(CODE), 'file');
      assert.equal(outcome?.kind, 'extracted');
      if (outcome?.kind !== 'extracted') return;
      const { genome, geneCount, genes } = outcome.extracted;
      assert.ok(geneCount >= 200, `${geneCount} genes`);
      assert.equal(distinctGenes(genome.fuzzyHigh, genome.fuzzyLow).high.length, geneCount);
      assert.deepEqual(allGenes(genome).high, genes.high);
    }
    assert.deepEqual(broken, []);
  });

  it('says of hostile bytes what is wrong, without breaking', async () => {
    const one = extractor(honest);
    const elf = Buffer.alloc(300, 0xff);
    elf.write('\x7fELF\x02\x01\x01', 'latin1');
    for (const [bytes, layout] of [
      [elf, 'file'],
      [elf, 'mapped'],
      [Buffer.alloc(0), 'raw'],
      [Buffer.from('#!/bin/sh'), 'file'],
      [Buffer.alloc(2_000_000, 0xcc), 'raw'],
    ] as const) {
      const outcome = await one.extract(source(bytes), layout);
      assert.equal(outcome?.kind, 'extracted');
    }
    assert.deepEqual(broken, []);
  });

  it('is replaced when it breaks, and the next artifact is served', async () => {
    const one = extractor(misbehaving);
    for (const [deed, words] of [
      ['exit', /status 7/],
      ['crash', /SIGABRT|status/],
      ['garbage', /not one/],
      ['endless', /not one/],
      ['twice', /not one|unasked|without being asked/],
      ['memory', /ended/],
      ['heap', /ended/],
    ] as const) {
      assert.match(reasonOf(await one.extract(source(deed), 'raw')), words, deed);
    }
    for (const deed of ['hang', 'sleep']) {
      assert.match(reasonOf(await one.extract(source(deed), 'raw', 3_000)), /longer than 3000 ms/, deed);
    }
  });

  it('reads no file, has no environment, reaches no network', async (t) => {
    const server = createServer((socket) => socket.destroy());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const one = extractor({ ...misbehaving, args: [...misbehaving.args, String(port)] });
    for (const deed of ['read', 'environment']) {
      assert.match(reasonOf(await one.extract(source(deed), 'raw')), /ended with status/, deed);
    }
    if (honest.lacking.some((lack) => lack.includes('network'))) t.diagnostic(honest.lacking.join('; '));
    else assert.match(reasonOf(await one.extract(source('network'), 'raw')), /ended with status/);
    server.close();
  });

  it('never reads for two owners: what one put into it could lie about the other', async () => {
    const one = extractor(honest);
    const childAfter = async (owner: string): Promise<string> => {
      const before = new Set(childProcesses());
      one.serve(owner);
      assert.equal((await one.extract(source(CODE), 'file'))?.kind, 'extracted');
      return childProcesses().find((pid) => !before.has(pid)) ?? 'the same';
    };
    const first = await childAfter('a');
    assert.notEqual(first, 'the same');
    assert.equal(await childAfter('a'), 'the same');
    assert.notEqual(await childAfter('b'), 'the same');
    assert.ok(!childProcesses().includes(first), 'the one before is gone');
  });

  it('goes behind a large artifact, and leaves the next one all the room there is', async () => {
    const one = extractor(honest);
    const childBehind = async (bytes: Buffer): Promise<string> => {
      const before = new Set(childProcesses());
      assert.equal((await one.extract(source(bytes), 'raw'))?.kind, 'extracted');
      return childProcesses().find((pid) => !before.has(pid)) ?? 'the same';
    };
    const large = Buffer.alloc(LAST_OF_CHILD);
    assert.notEqual(await childBehind(CODE), 'the same');
    assert.equal(await childBehind(large), 'the same');
    assert.notEqual(await childBehind(CODE), 'the same');
    assert.equal(await childBehind(CODE), 'the same');
  });

  it('is not believed when its bytes were not what was promised', async () => {
    const one = extractor(honest);
    const short: Source = { size: 10, open: async () => Readable.from([Buffer.from('abc')]) };
    assert.match(reasonOf(await one.extract(short, 'raw')), /3 bytes in place of 10/);
    const rotten: Source = {
      size: 10,
      open: async () =>
        new Readable({
          read() {
            this.destroy(new Error('rotten'));
          },
        }),
    };
    assert.match(reasonOf(await one.extract(rotten, 'raw')), /rotten/);
    assert.equal(await one.extract({ size: 1, open: async () => null }, 'raw'), null);
    assert.equal((await one.extract(source(CODE), 'file'))?.kind, 'extracted');
  });
});

describe('the pool', () => {
  it('serves more artifacts than it has children, in spite of what some of them do', async () => {
    const pool = new ExtractorPool(2, { lacking: () => undefined, broken: () => undefined });
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        pool.extract(
          index % 3 === 1 ? { size: 5, open: async () => Readable.from([Buffer.from('x')]) } : source(CODE),
          'file',
          'one',
        ),
      ),
    );
    assert.deepEqual(
      all.map((outcome) => outcome?.kind),
      all.map((_, index) => (index % 3 === 1 ? 'broken' : 'extracted')),
    );
    pool.close();
  });

  it('has a child ready for the next owner, and lets those that read be', async () => {
    const pool = new ExtractorPool(2, { lacking: () => undefined, broken: () => undefined });
    const startedBy = async (owner: string): Promise<readonly string[]> => {
      const before = new Set(childProcesses());
      assert.equal((await pool.extract(source(CODE), 'file', owner))?.kind, 'extracted');
      return childProcesses().filter((pid) => !before.has(pid));
    };
    const first = await startedBy('a');
    assert.equal(first.length, 2, 'its own, and one ahead');
    assert.deepEqual(await startedBy('a'), []);
    assert.deepEqual(await startedBy('b'), [], 'it takes the one that is ready');
    assert.equal((await startedBy('c')).length, 1);
    assert.equal(
      childProcesses().filter((pid) => first.includes(pid)).length,
      1,
      'one of the owners before keeps its own',
    );
    pool.close();
  });
});
