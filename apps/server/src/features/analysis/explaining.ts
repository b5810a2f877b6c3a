import { type Answer, AppError, type FamilyType } from '@genehound/contract';
import type { KnowingContext } from '../genome/read.ts';
import type { ArtifactKey } from './analysis-store.ts';
import { artifactStrings } from './artifact-strings.ts';
import type { Viewer } from './extraction/viewer.ts';
import type { FairTurns } from './fair-turns.ts';
import { problemOf, viewCode } from './function-code.ts';
import { labelledGenome } from './labelled-genome.ts';
import type { Postings } from './postings.ts';
import { type RelatedSample, relatedArtifacts, relatedSamples } from './related.ts';
import { makeVaccine } from './vaccine.ts';

/** A block with a gene that the labels know. */
interface LabelledBlock {
  /** Where the block lies when the image has its preferred address. */
  readonly address: bigint;
  readonly common: boolean;
  readonly families: readonly { readonly name: string; readonly type: FamilyType }[];
}

/** Why, as it is told to other features: the public adapter speaks it in its own words. */
export interface Explaining {
  related(key: ArtifactKey, limit: number): Promise<Answer<'listRelatedArtifacts'>>;
  /** Samples of a family that share genes with an artifact. */
  samples(key: ArtifactKey, family: string): Promise<readonly RelatedSample[]>;
  /** The text of a rule of code that only this artifact has; recorded. AppError conflict where there is too little. */
  vaccine(key: ArtifactKey, actor: string): Promise<string>;
  strings(key: ArtifactKey): Promise<Answer<'listArtifactStrings'>>;
  /** AppError not_found without genes, conflict where the bytes cannot be read. */
  blocks(key: ArtifactKey): Promise<readonly LabelledBlock[]>;
}

async function blocks(context: KnowingContext, viewer: Viewer, key: ArtifactKey): Promise<readonly LabelledBlock[]> {
  const asked = await labelledGenome(context, key);
  const seen = await viewCode(context, viewer, key, []);
  if (seen.kind !== 'seen') throw new AppError('conflict', { details: problemOf(seen, 'this file') ?? '' });
  const base = BigInt(seen.answer.base);
  return Array.from(asked.genome.blockRva).flatMap((rva, block) => {
    const { common, families } = asked.block(block);
    return common || families.length > 0 ? [{ address: base + BigInt(rva), common, families }] : [];
  });
}

/** Every question waits for its turn: AppError too_many_requests. */
export function explaining(context: KnowingContext, viewer: Viewer, postings: Postings, turns: FairTurns): Explaining {
  const inTurn = <T>({ organisation }: ArtifactKey, work: () => Promise<T>): Promise<T> =>
    turns.take(organisation, work);
  return {
    related: (key, limit) => inTurn(key, () => relatedArtifacts(context, postings, key, limit)),
    samples: (key, family) => inTurn(key, () => relatedSamples(context, key, family)),
    vaccine: (key, actor) =>
      inTurn(key, async () => (await makeVaccine(context, { viewer, postings }, { ...key, actor }, key)).text),
    strings: (key) => inTurn(key, () => artifactStrings(context, viewer, key)),
    blocks: (key) => inTurn(key, () => blocks(context, viewer, key)),
  };
}
