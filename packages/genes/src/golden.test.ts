import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { type InstructionSet, type Layout, parseImage } from '@genehound/binary';
import { extractGenome } from './extract-genome.ts';
import type { Genome } from './genome.ts';

const FOLDER = new URL('../golden/', import.meta.url);
const WRITE = process.env['GENEHOUND_WRITE_GOLDEN'] === '1';

function readHex(name: string): Uint8Array {
  const text = readFileSync(new URL(name, FOLDER), 'utf8').replaceAll(/#.*$/gm, '');
  return Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
}

const gene = (high: number | undefined, low: number | undefined): string =>
  [high, low].map((half) => (half ?? 0).toString(16).padStart(8, '0')).join('');

/** One line per function and block: what scheme 1 promises to give for ever. */
function describeGenome(genome: Genome): object {
  return {
    scheme: genome.scheme,
    instructions: genome.instructions,
    codeBytes: genome.codeBytes,
    functions: [...genome.functionRva].map(
      (rva, i) =>
        `0x${rva.toString(16)} +${genome.functionSize[i]} ${genome.functionInstructions[i]} instructions ` +
        gene(genome.functionHigh[i], genome.functionLow[i]),
    ),
    blocks: [...genome.blockRva].map(
      (rva, i) =>
        `0x${rva.toString(16)} +${genome.blockSize[i]} of ${genome.blockFunction[i]} ` +
        `fuzzy ${gene(genome.fuzzyHigh[i], genome.fuzzyLow[i])} exact ${gene(genome.exactHigh[i], genome.exactLow[i])}`,
    ),
  };
}

describe('golden genes', () => {
  for (const [input, layout, instructionSet] of [
    ['sample.elf', 'file', 'x86-64'],
    ['rules', 'raw', 'x86-64'],
    ['sample32.elf', 'file', 'x86'],
    ['rules32', 'raw', 'x86'],
    ['arm64.elf', 'file', 'arm64'],
    ['cil.exe', 'file', 'cil'],
  ] as const satisfies readonly (readonly [string, Layout, InstructionSet])[]) {
    it(`gives for ${input} what it always gave`, () => {
      const bytes = readHex(`${input}.hex`);
      const found = describeGenome(extractGenome(bytes, parseImage(bytes, layout, { instructionSet })));
      const file = new URL(`${input}.genes.json`, FOLDER);
      if (WRITE) writeFileSync(file, `${JSON.stringify(found, null, 2)}\n`);
      assert.deepEqual(found, JSON.parse(readFileSync(file, 'utf8')));
    });
  }
});
