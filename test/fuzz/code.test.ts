import { describe, it } from 'node:test';
import { type InstructionSet, parseImage } from '@genehound/binary';
import { extractGenome } from '@genehound/genes';
import { type FuzzTarget, fuzz } from './campaign.ts';
import { codePieces, goldenFile } from './samples.ts';
import { assertSoundGenome } from './sound.ts';

/** Bare code: decoder, sweep, blocks and genes of one instruction set. What is behind the header of code is an instruction. */
function codeTarget(instructionSet: InstructionSet, files: readonly string[]): FuzzTarget {
  return {
    name: instructionSet,
    samples: files.flatMap((file) =>
      file.includes('.elf') ? codePieces(goldenFile(file), 256) : [{ bytes: goldenFile(file), header: 0 }],
    ),
    quick: 20_000,
    read: (bytes) => {
      const genome = extractGenome(bytes, parseImage(bytes, 'raw', { instructionSet }));
      assertSoundGenome(genome, bytes.length);
      return genome.blockRva.length > 0;
    },
  };
}

describe('changed code', () => {
  for (const target of [
    codeTarget('arm64', ['arm64.elf.hex']),
    codeTarget('x86', ['sample32.elf.hex', 'rules32.hex']),
    codeTarget('x86-64', ['sample.elf.hex', 'rules.hex']),
  ]) {
    it(`gives a sound genome: ${target.name}`, async (t) => t.diagnostic(await fuzz(target)));
  }
});
