import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parseImage } from '@genehound/binary';
import { allGenes, encodeGeneSet, encodeGenome, extractGenome, SCHEME } from '@genehound/genes';
import fc from 'fast-check';
import { FrameReader } from './frame-reader.ts';
import { FRAME_HEADER, questionHeader, readAnswer, readQuestion, writeAnswer } from './frames.ts';

const code = readFileSync('/bin/sh');
const genome = extractGenome(code, parseImage(code, 'file'));
const answer = Buffer.concat([...writeAnswer(encodeGenome(genome), 100, encodeGeneSet(allGenes(genome), SCHEME))]);

describe('frames', () => {
  it('come out as they went in, whatever the chunks', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 50 })),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        (bodies, sizes) => {
          const stream = Buffer.concat(
            bodies.map((body) => Buffer.concat([questionHeader('mapped', body.length), body])),
          );
          const reader = new FrameReader();
          const got: Uint8Array[] = [];
          for (let at = 0, i = 0; at < stream.length; i += 1) {
            const size = sizes[i % sizes.length] ?? 1;
            reader.push(stream.subarray(at, at + size));
            at += size;
            for (let body = reader.take(100); body !== null; body = reader.take(100)) {
              assert.ok(body !== 'too-large');
              const question = readQuestion(body);
              assert.equal(question?.layout, 'mapped');
              got.push(Uint8Array.from(question?.bytes ?? []));
            }
          }
          assert.deepEqual(got, bodies);
          assert.equal(reader.pending, 0);
        },
      ),
    );
  });

  it('carry a genome', () => {
    const read = readAnswer(answer.subarray(FRAME_HEADER));
    assert.deepEqual(read?.genome, genome);
    assert.deepEqual(read?.genes.high, allGenes(genome).high);
  });

  it('are null or sound when any byte of them was changed, and never throw', () => {
    const body = answer.subarray(FRAME_HEADER);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(body.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(body.length),
        (changes, length) => {
          const hostile = Buffer.from(body.subarray(0, length % 3 === 0 ? length : body.length));
          for (const [at, value] of changes) if (at < hostile.length) hostile[at] = value;
          const read = readAnswer(hostile);
          if (read === null) return;
          assert.ok(read.geneCount <= read.genome.fuzzyHigh.length);
          assert.ok(read.genome.blockFunction.every((index) => index < read.genome.functionRva.length));
        },
      ),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        readAnswer(Buffer.from(bytes));
      }),
    );
  });
});
