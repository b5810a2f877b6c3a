import { type Answer, AppError } from '@genehound/contract';
import { type FamilySample, familySamples, type KnowingContext } from '../genome/read.ts';
import { type ArtifactKey, findArtifact, storedArtifacts } from './analysis-store.ts';
import { MOST_STRINGS, type StringsAnswer, stringsAnswer } from './extraction/view-messages.ts';
import type { View, Viewer } from './extraction/viewer.ts';

type Strings = Answer<'listArtifactStrings'>;

/** Families of the verdict whose samples are compared, those with most genes first, and samples of each. */
const MOST_FAMILIES = 3;
const SAMPLES_EACH = 3;

async function view(context: KnowingContext, viewer: Viewer, key: ArtifactKey): Promise<View<StringsAnswer>> {
  const artifact = await findArtifact(context.db, key);
  if (artifact === null || !artifact.stored) return { kind: 'gone' };
  return await viewer.ask(
    { size: artifact.size, open: () => context.blobs.get(key) },
    { ask: 'strings' },
    stringsAnswer,
  );
}

interface Compared {
  readonly family: string;
  readonly sample: FamilySample;
  readonly values: ReadonlySet<string>;
}

interface Comparison {
  readonly compared: readonly Compared[];
  readonly problems: readonly string[];
}

async function compare(context: KnowingContext, viewer: Viewer, key: ArtifactKey): Promise<Comparison> {
  const stored = await storedArtifacts(context.db, key.organisation, [key.sha256]);
  const families = stored.find((one) => one.layout === key.layout)?.judgement?.evidence.families ?? [];
  const compared: Compared[] = [];
  const problems: string[] = [];
  for (const { name } of families.slice(0, MOST_FAMILIES)) {
    const samples = await familySamples(context.db, key.organisation, name, 2 * SAMPLES_EACH);
    const others = samples.filter(({ sha256, layout }) => layout === 'file' && sha256 !== key.sha256);
    let gone = 0;
    const asked = others.slice(0, SAMPLES_EACH);
    for (const sample of asked) {
      const { organisation, sha256, layout } = sample;
      const found = await view(context, viewer, { organisation, sha256, layout });
      if (found.kind === 'gone') gone++;
      if (found.kind === 'broken') problems.push(`Strings of ${sha256} (${name}) could not be read: ${found.reason}`);
      if (found.kind !== 'seen') continue;
      if (found.answer.cut) problems.push(`Of ${sha256} (${name}) only the first ${MOST_STRINGS} strings are compared`);
      compared.push({ family: name, sample, values: new Set(found.answer.strings.map(({ value }) => value)) });
    }
    if (gone === asked.length) problems.push(`No other file of ${name} is stored here: its strings are not known`);
  }
  return { compared, problems };
}

/**
 * Printable strings of a file, and which families of its verdict have them in samples that are stored here. They
 * support a verdict and decide none. Of memory none are shown: its data is not ours to read. AppError not_found,
 * bad_request for other layouts, conflict where the bytes cannot be read.
 */
export async function artifactStrings(context: KnowingContext, viewer: Viewer, key: ArtifactKey): Promise<Strings> {
  if (key.layout !== 'file')
    throw new AppError('bad_request', { details: 'Strings are shown of files alone, not of memory' });
  if ((await findArtifact(context.db, key)) === null) throw new AppError('not_found', { what: 'The artifact' });
  const own = await view(context, viewer, key);
  if (own.kind === 'gone') throw new AppError('conflict', { details: 'The bytes of this file are not stored here' });
  if (own.kind === 'broken')
    throw new AppError('conflict', { details: `Its strings could not be read: ${own.reason}` });
  const { compared, problems } = await compare(context, viewer, key);
  const familiesOf = (value: string): string[] => [
    ...new Set(compared.filter(({ values }) => values.has(value)).map(({ family }) => family)),
  ];
  return {
    items: own.answer.strings.map((one) => ({ ...one, families: familiesOf(one.value) })),
    searched: compared.map(({ family, sample: { sha256, layout, source } }) => ({ family, sha256, layout, source })),
    problems: [...(own.answer.cut ? [`Only the first ${MOST_STRINGS} strings are here`] : []), ...problems],
  };
}
