import { relative } from 'node:path';
import type { Client, Scope } from '@genehound/contract';
import { type Candidates, candidates } from './index-paths.ts';
import { labelSamples, type Sample } from './label-samples.ts';
import type { SampleLabel, SampleLabels } from './sample-labels.ts';

export interface SamplesImported {
  files: number;
  added: number;
  known: number;
  /** Files of which the table says nothing. */
  unlabelled: number;
  /** Rows of the table whose sample was not among the files. */
  missing: number;
  /** One sentence each: rows that say nothing, files that cannot be read or were refused. */
  readonly problems: string[];
}

export interface ImportTarget {
  readonly scope: Scope;
  readonly sourceId: string;
}

/** Samples that are sent together; labels of one family in one batch. */
const BATCH = 200;

/**
 * Labels the samples below a folder as a table says. Resumable: what the server has under its label already is not
 * sent again.
 */
export async function importSamples(
  client: Client,
  folder: string,
  labels: SampleLabels,
  { scope, sourceId }: ImportTarget,
  onProgress: (done: SamplesImported, path: string) => void,
): Promise<SamplesImported> {
  const done: SamplesImported = {
    files: 0,
    added: 0,
    known: 0,
    unlabelled: 0,
    missing: 0,
    problems: [...labels.problems],
  };
  const waiting = new Map<string, { readonly label: SampleLabel; samples: Sample[] }>();
  const used = new Set<number>();
  const flush = async (key: string): Promise<void> => {
    const batch = waiting.get(key);
    if (batch === undefined) return;
    waiting.delete(key);
    const { family, type } = batch.label;
    const labelled = await labelSamples(client, { family, type, scope, sourceId }, batch.samples);
    done.added += labelled.added.length;
    done.known += labelled.known.length;
    done.problems.push(...labelled.problems);
  };
  const found: Candidates = { skipped: 0, problems: done.problems };
  for await (const sample of candidates([folder], found, true)) {
    done.files += 1;
    onProgress(done, sample.source);
    const label = labels.byHash.get(sample.sha256) ?? labels.byName.get(relative(folder, sample.source));
    if (label === undefined) {
      done.unlabelled += 1;
      continue;
    }
    used.add(label.line);
    const key = `${label.type}:${label.family}`;
    const batch = waiting.get(key) ?? { label, samples: [] };
    waiting.set(key, batch);
    batch.samples.push(sample);
    if (batch.samples.length >= BATCH) await flush(key);
  }
  for (const key of [...waiting.keys()]) await flush(key);
  for (const map of [labels.byHash, labels.byName])
    for (const { line } of map.values()) if (!used.has(line)) done.missing += 1;
  return done;
}
