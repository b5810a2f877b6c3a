import { relative } from 'node:path';
import type { Client, Scope } from '@genehound/contract';
import { LabelBatches } from './label-batches.ts';
import { filesBelow, sampleOf } from './sample-files.ts';
import type { SampleLabels } from './sample-labels.ts';

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
  const used = new Set<number>();
  const batches = new LabelBatches(client, done);
  for await (const file of filesBelow([folder], done.problems)) {
    const sample = await sampleOf(file, done.problems);
    if (sample === undefined) continue;
    done.files += 1;
    onProgress(done, sample.source);
    const label = labels.byHash.get(sample.sha256) ?? labels.byName.get(relative(folder, sample.source));
    if (label === undefined) {
      done.unlabelled += 1;
      continue;
    }
    used.add(label.line);
    await batches.add({ family: label.family, type: label.type, scope, sourceId }, sample);
  }
  await batches.finish();
  for (const map of [labels.byHash, labels.byName])
    for (const { line } of map.values()) if (!used.has(line)) done.missing += 1;
  return done;
}
