import type { FamilyType, Scope } from '@genehound/contract';
import type { Genome } from '../genome.ts';
import type { ArtifactFinding, ArtifactInput, GeneLabels, HashLabel } from './artifact-input.ts';
import type { FamilyRef } from './family.ts';
import { type LabelSet, NO_LABELS } from './label-set.ts';
import { allGenes, findGene } from './sorted-genes.ts';

/** Builds inputs of judgeArtifact out of words, for the tests of the rules. */

export function familyRef(name: string, type: FamilyType, scope: Scope = 'global', number = 1): FamilyRef {
  return { id: `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`, number, name, type, scope };
}

export const MALWARE = familyRef('Redwolf', 'malware', 'global', 11);
export const OTHER_MALWARE = familyRef('Greyfox', 'malware', 'global', 12);
export const LIBRARY = familyRef('libplain', 'library', 'global', 13);
export const APPLICATION = familyRef('editor', 'application', 'global', 14);
export const TOOL = familyRef('remotely', 'administration_tool', 'global', 15);
const ACQUITTED = familyRef('acquitted', 'application', 'organisation', 17);
const PACKER = familyRef('squeeze', 'packer', 'global', 16);

const SETS = {
  none: NO_LABELS,
  common: { common: true, families: [] },
  malware: { common: false, families: [MALWARE] },
  otherMalware: { common: false, families: [OTHER_MALWARE] },
  twoMalware: { common: false, families: [MALWARE, OTHER_MALWARE] },
  library: { common: false, families: [LIBRARY] },
  application: { common: false, families: [APPLICATION] },
  trusted: { common: false, families: [LIBRARY, APPLICATION] },
  acquitted: { common: false, families: [ACQUITTED] },
  tool: { common: false, families: [TOOL] },
  packer: { common: false, families: [PACKER] },
} as const satisfies Record<string, LabelSet>;
export type SetName = keyof typeof SETS;

/** One block with its gene's label; every block is 16 bytes long and stands behind the last. */
export interface Block {
  readonly set: SetName;
  readonly func: number;
  /** Label of the exact gene; as the fuzzy one if not given. */
  readonly exact?: SetName;
}

/** A function found whole, by the set of its hash. */
interface WholeFunction {
  readonly set: SetName;
  readonly instructions: number;
}

export interface CaseParts {
  readonly blocks: readonly Block[];
  readonly whole?: readonly WholeFunction[];
  readonly findings?: readonly ArtifactFinding[];
  readonly organisationLabel?: HashLabel;
  readonly globalLabel?: HashLabel;
  readonly state?: ArtifactInput['state'];
  readonly problems?: readonly string[];
  /** Codes of problems that the genome itself carries. */
  readonly genomeProblems?: readonly string[];
}

export const blocks = (set: SetName, count: number, functions = count): Block[] =>
  Array.from({ length: count }, (_, index) => ({ set, func: index % functions }));

const BLOCK_SIZE = 16;

/** Spreads small numbers over 64 bits, like hashes: the high half from the index, the form in the low bits. */
function gene(index: number, form: number): readonly [number, number] {
  return [Math.imul(index + 1, 0x9e3779b1) >>> 0, ((index << 2) | form) >>> 0];
}

function genomeOf(parts: CaseParts): Genome {
  const count = parts.blocks.length;
  const whole = parts.whole ?? [];
  const lastFunction = parts.blocks.reduce((most, block) => Math.max(most, block.func), -1);
  const functions = Math.max(lastFunction + 1, whole.length);
  const column = (length: number, value: (index: number) => number): Uint32Array =>
    Uint32Array.from({ length }, (_, i) => value(i));
  return {
    scheme: 1,
    instructionSet: 'x86-64',
    codeBytes: BLOCK_SIZE * count,
    instructions: 6 * count,
    blockRva: column(count, (i) => i * BLOCK_SIZE),
    blockSize: column(count, () => BLOCK_SIZE),
    blockFunction: column(count, (i) => parts.blocks[i]?.func ?? 0),
    fuzzyHigh: column(count, (i) => gene(i, 1)[0]),
    fuzzyLow: column(count, (i) => gene(i, 1)[1]),
    exactHigh: column(count, (i) => gene(i, 2)[0]),
    exactLow: column(count, (i) => gene(i, 2)[1]),
    functionRva: column(functions, (i) => i),
    functionSize: column(functions, () => 1),
    functionInstructions: column(functions, (i) => whole[i]?.instructions ?? 0),
    functionHigh: column(functions, (i) => (whole[i] === undefined ? 0 : gene(i, 3)[0])),
    functionLow: column(functions, (i) => (whole[i] === undefined ? 0 : gene(i, 3)[1])),
    callCaller: new Uint32Array(0),
    callCallee: new Uint32Array(0),
    problems: (parts.genomeProblems ?? []).map((code) => ({ code, message: 'test' })),
  };
}

function labelsOf(genome: Genome, parts: CaseParts): GeneLabels {
  const names = Object.keys(SETS);
  const genes = allGenes(genome);
  const set = new Uint32Array(genes.high.length);
  const put = (index: number, form: number, name: SetName): void => {
    const at = findGene(genes, ...gene(index, form));
    if (at >= 0) set[at] = names.indexOf(name);
  };
  parts.blocks.forEach((block, index) => {
    put(index, 1, block.set);
    put(index, 2, block.exact ?? block.set);
  });
  parts.whole?.forEach((func, index) => {
    put(index, 3, func.set);
  });
  return { genes, set, sets: Object.values(SETS) };
}

export function caseOf(parts: CaseParts): ArtifactInput {
  const genome = genomeOf(parts);
  return {
    state: parts.state ?? 'done',
    problems: parts.problems ?? [],
    genome,
    labels: labelsOf(genome, parts),
    organisationLabel: parts.organisationLabel ?? null,
    globalLabel: parts.globalLabel ?? null,
    findings: parts.findings ?? [],
  };
}
