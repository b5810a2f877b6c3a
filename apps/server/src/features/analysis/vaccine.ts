import { type Answer, AppError, type vaccines as contract } from '@genehound/contract';
import type { z } from 'zod';
import { appendAudit } from '../accounts/read.ts';
import { familySamples, type KnowingContext } from '../genome/read.ts';
import { type ArtifactKey, findArtifact } from './analysis-store.ts';
import { RuleScanner } from './extraction/rule-scanner.ts';
import type { Viewer } from './extraction/viewer.ts';
import { problemOf, viewCode } from './function-code.ts';
import { type LabelledGenome, labelledGenome } from './labelled-genome.ts';
import { neededOf, ruleNameOf, type SequenceSet, sequenceOf, vaccineText } from './vaccine-rule.ts';

type Asked = z.output<typeof contract.newVaccine>;

/** Samples of a family that a rule is made of, and that are looked through for them. */
const MOST_SOURCES = 4;
const MOST_SAMPLES = 40;
/** Blocks of a sample that are looked at, and sequences that are kept of them. */
const MOST_BLOCKS = 200;
const MOST_SEQUENCES = 12;

/** Blocks with code that nobody else has: of the family alone, or, without one, of nobody that is known to be trusted. */
function uniqueBlocks(asked: LabelledGenome, family: string | null): readonly number[] {
  const { blockSize } = asked.genome;
  const isOwn = (block: number): boolean => {
    const { common, families } = asked.block(block);
    if (common) return false;
    if (family === null) return families.every(({ type }) => type === 'malware' || type === 'malicious_packer');
    return families.length > 0 && families.every(({ name }) => name.toLowerCase() === family.toLowerCase());
  };
  return Array.from(blockSize.keys())
    .filter(isOwn)
    .sort((a, b) => (blockSize[b] ?? 0) - (blockSize[a] ?? 0) || a - b)
    .slice(0, MOST_BLOCKS);
}

/** Sequences of one sample, or why there are none. */
async function sequencesOf(
  context: KnowingContext,
  viewer: Viewer,
  key: ArtifactKey,
  family: string | null,
): Promise<SequenceSet | string> {
  const asked = await labelledGenome(context, key);
  const blocks = uniqueBlocks(asked, family);
  const { blockRva, blockSize } = asked.genome;
  const regions = blocks.map((block) => ({ rva: blockRva[block] ?? 0, size: blockSize[block] ?? 0, marks: [] }));
  const seen = await viewCode(context, viewer, key, regions);
  if (seen.kind !== 'seen') return problemOf(seen, `the ${key.layout} ${key.sha256}`) ?? '';
  const { instructionSet } = seen.answer;
  const found = new Map<string, readonly string[]>();
  for (const lines of seen.answer.regions) {
    const sequence = sequenceOf(lines, instructionSet);
    if (sequence !== null) found.set(sequence.join(''), sequence);
    if (found.size === MOST_SEQUENCES) break;
  }
  if (found.size < 2) return `The ${key.layout} ${key.sha256} has too little code of its own for a rule`;
  return { sha256: key.sha256, layout: key.layout, sequences: [...found.values()] };
}

/** Artifacts that the rule is to be made of. Code of the global genome is nobody's to take: only genes of it are shared. */
async function keysOf({ db }: KnowingContext, organisation: string, asked: Asked): Promise<readonly ArtifactKey[]> {
  if ('sha256' in asked) return [{ organisation, sha256: asked.sha256, layout: asked.layout }];
  const samples = await familySamples(db, organisation, asked.family, MOST_SAMPLES);
  const own = samples.filter((sample) => sample.organisation === organisation);
  if (own.length > 0) return own.map(({ sha256, layout }) => ({ organisation, sha256, layout }));
  const details =
    samples.length === 0
      ? `There is no code of the family ${asked.family} here`
      : `All samples of ${asked.family} are of the global genome, whose code is not given away; name an artifact of a scan by its SHA-256`;
  throw new AppError('conflict', { details });
}

/** Looks at the bytes that the rule was made of with the rule itself. AppError conflict where it misses one of them. */
async function prove(
  context: KnowingContext,
  organisation: string,
  name: string,
  text: string,
  sets: readonly SequenceSet[],
) {
  const scanner = new RuleScanner();
  try {
    const [problem] = await scanner.load([{ name, text }]);
    if (problem !== undefined)
      throw new AppError('conflict', { details: `The rule cannot be used: ${problem.problem}` });
    for (const { sha256, layout } of sets) {
      const key = { organisation, sha256, layout };
      const artifact = await findArtifact(context.db, key);
      const source = await context.blobs.get(key);
      if (artifact === null || source === null) throw new AppError('not_found', { what: 'The code of the artifact' });
      const hits = await scanner.scan(source, artifact.size);
      if (!hits.some(({ rule }) => rule === name))
        throw new AppError('conflict', {
          details: `The rule does not match the ${layout} ${sha256} that it was made of`,
        });
    }
  } finally {
    scanner.close();
  }
}

/** AppError not_found, conflict where there is too little code for a rule. */
export async function makeVaccine(
  context: KnowingContext,
  viewer: Viewer,
  { organisation, actor }: { readonly organisation: string; readonly actor: string },
  asked: Asked,
): Promise<Answer<'makeVaccine'>> {
  const family = 'family' in asked ? asked.family : null;
  const sets: SequenceSet[] = [];
  const problems: string[] = [];
  for (const key of await keysOf(context, organisation, asked)) {
    if (sets.length === MOST_SOURCES) break;
    const found = await sequencesOf(context, viewer, key, family);
    if (typeof found === 'string') problems.push(found);
    else sets.push(found);
  }
  if (sets.length === 0) throw new AppError('conflict', { details: problems[0] ?? 'There is no code for a rule' });
  const about = 'family' in asked ? asked.family : asked.sha256;
  const name = ruleNameOf(about);
  const text = vaccineText(name, about, sets);
  await prove(context, organisation, name, text, sets);
  const details = { rule: name, sources: sets.map(({ sha256 }) => sha256) };
  await appendAudit(context.db, { organisation, actor, action: 'make-vaccine', subject: about.slice(0, 200), details });
  return {
    name,
    text,
    family,
    sources: sets.map(({ sha256, layout, sequences }) => ({
      sha256,
      layout,
      sequences: sequences.length,
      needed: neededOf(sequences.length),
    })),
    problems: problems.slice(0, 20),
  };
}
