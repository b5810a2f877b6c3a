import { type Answer, AppError, type vaccines as contract } from '@genehound/contract';
import { leaningOf } from '@genehound/genes';
import type { z } from 'zod';
import { appendAudit } from '../accounts/read.ts';
import { familySamples, type KnowingContext } from '../genome/read.ts';
import { type ArtifactKey, findArtifact, storedArtifacts, trustedArtifacts } from './analysis-store.ts';
import { RuleScanner } from './extraction/rule-scanner.ts';
import type { Viewer } from './extraction/viewer.ts';
import { problemOf, viewCode } from './function-code.ts';
import { type LabelledGenome, labelledGenome } from './labelled-genome.ts';
import { ownAlone } from './own-blocks.ts';
import type { Postings } from './postings.ts';
import { LEAST_SEQUENCES, neededOf, ruleNameOf, type SequenceSet, sequenceOf, vaccineText } from './vaccine-rule.ts';

type Asked = z.output<typeof contract.newVaccine>;

/** Samples of a family that a rule is made of, and that are looked through for them. */
const MOST_SOURCES = 4;
const MOST_SAMPLES = 40;
/** Blocks of a sample that are compared with the fleet, those of them that are looked at, and sequences that are kept. */
const MOST_CANDIDATES = 2_000;
const MOST_BLOCKS = 200;
const MOST_SEQUENCES = 12;
/** Trusted artifacts that a rule is run over, the newest first, and bytes of them in all. */
const MOST_TRUSTED = 200;
const MOST_TRUSTED_BYTES = 67_108_864;

/** What a rule may be made of. Code of trusted software or of a packer would accuse whoever has it. */
const ACCUSED = new Set(['malicious', 'tool']);

/** Blocks with code that nobody else has: of the family alone, or, without one, of nobody that is known to be trusted. */
function uniqueBlocks(asked: LabelledGenome, family: string | null): readonly number[] {
  const { blockSize } = asked.genome;
  const isOwn = (block: number): boolean => {
    const { common, families } = asked.block(block);
    if (common) return false;
    if (family === null) return families.every(({ type }) => leaningOf(type) === 'malicious');
    // A namesake of another type has its own code: an application may be called as the malware that it was taken for.
    return (
      families.length > 0 &&
      families.every(({ name, type }) => ACCUSED.has(leaningOf(type)) && name.toLowerCase() === family.toLowerCase())
    );
  };
  return Array.from(blockSize.keys())
    .filter(isOwn)
    .sort((a, b) => (blockSize[b] ?? 0) - (blockSize[a] ?? 0) || a - b)
    .slice(0, MOST_CANDIDATES);
}

interface Sources {
  readonly viewer: Viewer;
  readonly postings: Postings;
}

/** Sequences of one sample, or why there are none. */
async function sequencesOf(
  context: KnowingContext,
  { viewer, postings }: Sources,
  key: ArtifactKey,
  family: string | null,
): Promise<SequenceSet | string> {
  const asked = await labelledGenome(context, key);
  const unique = uniqueBlocks(asked, family);
  // What nobody labelled may still be of a compiler or a library: then other programs of the fleet have it, too.
  const blocks = (await ownAlone(context, postings, key, asked, unique)).slice(0, MOST_BLOCKS);
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
  if (found.size < LEAST_SEQUENCES) return `The ${key.layout} ${key.sha256} has too little code of its own for a rule`;
  return { sha256: key.sha256, layout: key.layout, sequences: [...found.values()] };
}

/** AppError conflict for what is trusted: a rule of it would accuse it. */
async function refuseTrusted({ db }: KnowingContext, { organisation, sha256, layout }: ArtifactKey): Promise<void> {
  const found = (await storedArtifacts(db, organisation, [sha256])).find((one) => one.layout === layout);
  if (found?.judgement?.verdict === 'trusted')
    throw new AppError('conflict', { details: `The ${layout} ${sha256} is trusted` });
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

/** Whether the rule matches; null where the bytes are not there. */
async function matches(
  { blobs }: KnowingContext,
  scanner: RuleScanner,
  key: ArtifactKey,
  size: number,
): Promise<boolean | null> {
  const source = await blobs.get(key);
  return source === null ? null : (await scanner.scan(source, size)).length > 0;
}

/** AppError conflict where the rule matches an artifact that is trusted here. */
async function acquitTrusted(context: KnowingContext, scanner: RuleScanner, organisation: string): Promise<void> {
  let left = MOST_TRUSTED_BYTES;
  for (const { size, ...one } of await trustedArtifacts(context.db, organisation, left, MOST_TRUSTED)) {
    if (size > left) continue;
    left -= size;
    if (await matches(context, scanner, { organisation, ...one }, size))
      throw new AppError('conflict', {
        details: `The rule would match the ${one.layout} ${one.sha256}, which is trusted: its code is not this family's alone`,
      });
  }
}

/**
 * Looks with the rule itself at the bytes that it was made of, and at what is trusted here. AppError conflict where it
 * misses one of the first or matches one of the others.
 */
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
      const matched = artifact === null ? null : await matches(context, scanner, key, artifact.size);
      if (matched === null) throw new AppError('not_found', { what: 'The code of the artifact' });
      if (!matched)
        throw new AppError('conflict', {
          details: `The rule does not match the ${layout} ${sha256} that it was made of`,
        });
    }
    await acquitTrusted(context, scanner, organisation);
  } finally {
    scanner.close();
  }
}

/** AppError not_found, conflict where there is too little code for a rule. */
export async function makeVaccine(
  context: KnowingContext,
  sources: Sources,
  { organisation, actor }: { readonly organisation: string; readonly actor: string },
  asked: Asked,
): Promise<Answer<'makeVaccine'>> {
  const family = 'family' in asked ? asked.family : null;
  const sets: SequenceSet[] = [];
  const problems: string[] = [];
  for (const key of await keysOf(context, organisation, asked)) {
    if (family === null) await refuseTrusted(context, key);
    if (sets.length === MOST_SOURCES) break;
    const found = await sequencesOf(context, sources, key, family);
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
