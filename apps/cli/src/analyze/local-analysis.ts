import type { Layout } from '@genehound/contract';
import type { Genome } from '@genehound/genes';

/** What a file is made of. */
export interface LocalAnalysis {
  readonly sha256: string;
  readonly size: number;
  readonly layout: Layout;
  readonly format: string;
  readonly instructionSet: string | null;
  readonly scheme: number;
  readonly codeBytes: number;
  readonly instructions: number;
  readonly functions: number;
  readonly blocks: number;
  /** Distinct fuzzy genes. */
  readonly genes: number;
  readonly problems: readonly { readonly code: string; readonly message: string }[];
}

function distinctGenes(genome: Genome): number {
  const seen = new Set<string>();
  for (let i = 0; i < genome.fuzzyHigh.length; i += 1) seen.add(`${genome.fuzzyHigh[i]}.${genome.fuzzyLow[i]}`);
  return seen.size;
}

/** Reads structure and genes here; nothing leaves this machine. */
export async function analyseHere(bytes: Uint8Array, sha256: string, layout: Layout): Promise<LocalAnalysis> {
  // Loaded for this command alone: the decoder's tables take longer to make than most commands run.
  const { detectFormat, parseImage } = await import('@genehound/binary');
  const { extractGenome } = await import('@genehound/genes');
  const image = parseImage(bytes, layout);
  const genome = extractGenome(bytes, image);
  return {
    sha256,
    size: bytes.length,
    layout,
    format: detectFormat(bytes),
    instructionSet: image.instructionSet,
    scheme: genome.scheme,
    codeBytes: genome.codeBytes,
    instructions: genome.instructions,
    functions: genome.functionRva.length,
    blocks: genome.blockRva.length,
    genes: distinctGenes(genome),
    problems: [...image.problems, ...genome.problems],
  };
}
