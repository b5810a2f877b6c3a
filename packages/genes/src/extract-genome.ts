import type { Image, InstructionSet, Problem } from '@genehound/binary';
import { extractArm64 } from './arm64/extract-arm64.ts';
import { cilBytes, extractCil } from './cil/extract-cil.ts';
import { callGraph } from './extraction/call-graph.ts';
import { createDraft, type Draft, type Extractor } from './extraction/extractor.ts';
import { mergeDrafts } from './extraction/merge-drafts.ts';
import { type Genome, SCHEME } from './genome.ts';
import { recogniseImage } from './recognise-image.ts';
import { extractX86 } from './x86/extract-x86.ts';

/** The one place that says which code can be read: an extractor per instruction set. */
const EXTRACTORS: Readonly<Partial<Record<InstructionSet, Extractor>>> = {
  x86: extractX86,
  'x86-64': extractX86,
  arm64: extractArm64,
  cil: extractCil,
};

/**
 * The genes of an artifact. Pure; never throws on input. Time is proportional to the code, memory at most three
 * times the code and the result.
 */
export function extractGenome(bytes: Uint8Array, given: Image): Genome {
  const { image, doubts } = given.assumed === true ? recogniseImage(bytes, given) : { image: given, doubts: [] };
  const total = image.code.reduce((sum, range) => sum + range.size, 0);
  const extract = image.instructionSet === null ? undefined : EXTRACTORS[image.instructionSet];
  const draft = createDraft(total + cilBytes(image.cli));
  if (extract !== undefined) {
    const problems = total === 0 && image.cli === undefined ? [...doubts, NO_CODE] : doubts;
    const found = extract(bytes, image, draft);
    if (image.cli === undefined || image.instructionSet === 'cil') return finish(draft, image, [...problems, ...found]);
    // C++/CLI and what was compiled ahead of time: both kinds of code.
    const managed = createDraft(cilBytes(image.cli));
    const inManaged = extractCil(bytes, image, managed);
    return finish(mergeDrafts(draft, managed), image, [...problems, ...found, ...inManaged]);
  }
  if (total === 0 && image.instructionSet === null) return finish(draft, image, []);
  const name = image.instructionSet ?? 'this instruction set';
  return finish(draft, image, [
    { code: 'unsupported-instruction-set', message: `Genes of ${name} are not extracted yet` },
  ]);
}

/**
 * Where functions of native code begin: those that tables name, and those that the code shows by calls and by what begins
 * behind the end of another. Distinct RVAs, ascending.
 */
export function discoverFunctions(bytes: Uint8Array, given: Image): Uint32Array {
  const { image } = given.assumed === true ? recogniseImage(bytes, given) : { image: given };
  const found = new Set<number>(image.functions.rvas);
  const extract = image.instructionSet === null ? undefined : EXTRACTORS[image.instructionSet];
  const draft = createDraft(0, true);
  if (extract !== undefined && image.code.length > 0) extract(bytes, image, draft);
  for (const rva of draft.functions.column(0)) found.add(rva);
  return Uint32Array.from(found).sort();
}

const NO_CODE: Problem = { code: 'no-code', message: 'No executable bytes' };

function finish(draft: Draft, image: Image, problems: readonly Problem[]): Genome {
  const { blocks, functions } = draft;
  const functionRva = functions.column(0);
  return {
    scheme: SCHEME,
    instructionSet: image.instructionSet,
    codeBytes: draft.codeBytes,
    instructions: draft.instructions,
    blockRva: blocks.column(0),
    blockSize: blocks.column(1),
    blockFunction: blocks.column(2),
    fuzzyHigh: blocks.column(3),
    fuzzyLow: blocks.column(4),
    exactHigh: blocks.column(5),
    exactLow: blocks.column(6),
    functionRva,
    functionSize: functions.column(1),
    functionInstructions: functions.column(2),
    functionHigh: functions.column(3),
    functionLow: functions.column(4),
    ...callGraph(draft.calls, functionRva),
    problems,
  };
}
