import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parseImage } from '@genehound/binary';
import { extractGenome } from '../extract-genome.ts';
import { fastCode } from './fast-code.ts';
import { surveyCode } from './survey.ts';

// Before the first extraction of this process, which compiles the module or finds that it cannot.
Reflect.deleteProperty(globalThis, 'WebAssembly');

const FOLDER = new URL('../../golden/', import.meta.url);

function hexOf(name: string): Uint8Array {
  const text = readFileSync(new URL(`${name}.hex`, FOLDER), 'utf8').replaceAll(/#.*$/gm, '');
  return Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
}

const word = (half: number | undefined): string => (half ?? 0).toString(16).padStart(8, '0');

describe('without WebAssembly', () => {
  for (const [name, layout, instructionSet] of [
    ['sample.elf', 'file', 'x86-64'],
    ['rules', 'raw', 'x86-64'],
    ['sample32.elf', 'file', 'x86'],
    ['rules32', 'raw', 'x86'],
  ] as const) {
    it(`the golden genes are the same: ${name}`, () => {
      assert.equal(fastCode(1), null);
      const bytes = hexOf(name);
      const image = parseImage(bytes, layout, { instructionSet });
      const genome = extractGenome(bytes, image);
      const golden = JSON.parse(readFileSync(new URL(`${name}.genes.json`, FOLDER), 'utf8'));
      assert.equal(genome.blockRva.length, golden.blocks.length);
      golden.blocks.forEach((line: string, i: number) => {
        const fuzzy = `fuzzy ${word(genome.fuzzyHigh[i])}${word(genome.fuzzyLow[i])}`;
        const exact = `exact ${word(genome.exactHigh[i])}${word(genome.exactLow[i])}`;
        assert.ok(line.endsWith(`${fuzzy} ${exact}`), line);
      });
      assert.equal(genome.instructions, golden.instructions);
      assert.ok(surveyCode(bytes, image).instructions >= genome.instructions);
    });
  }
});
