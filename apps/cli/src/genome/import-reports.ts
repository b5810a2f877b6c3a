import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Client, FamilyType } from '@genehound/contract';
import { EXIT } from '../exit-codes.table.ts';
import { Failure } from '../failure.ts';
import { readErrorReason } from '../read-error.ts';
import { type ReportedCode, type ReportedSample, reportedSamples, streamedSamples } from './disassembly-report.ts';
import type { ImportTarget } from './import-samples.ts';
import { LabelBatches } from './label-batches.ts';
import { type Sample, sha256Of } from './label-samples.ts';

export interface ReportsImported {
  samples: number;
  added: number;
  known: number;
  readonly problems: string[];
}

/** What the labels of reports are, where the reports do not say it. */
export interface ReportFamily {
  readonly family?: string | undefined;
  readonly type?: FamilyType | undefined;
}

/** The bytes of a file. A disk that fails in the middle ends the whole: what was taken stays. */
async function* bytesOf(path: string): AsyncGenerator<Buffer> {
  try {
    for await (const part of createReadStream(path, { highWaterMark: 2 ** 20 })) yield part;
  } catch (error) {
    throw new Failure(EXIT.failed, `${path} cannot be read: ${readErrorReason(error)}.`);
  }
}

/** Bytes. A text of more cannot be held by V8: it is read one sample after another. */
const LARGEST_REPORT = 480 * 2 ** 20;

/** The family of a sample; `library` where the report calls it one. A sentence where nothing says it. */
function familyOf(
  code: ReportedCode,
  given: ReportFamily,
): { readonly family: string; readonly type: FamilyType } | string {
  const family = given.family ?? code.family.slice(0, 200);
  const type = given.type ?? (code.isLibrary ? 'library' : undefined);
  if (family === '') return 'the report names no family, and --family does not either';
  if (type === undefined) return `nothing says what ${family} is: --type is missing`;
  return { family, type };
}

/** Labels the code that disassembly reports keep, as bare code: its genes are those of the sample, not its hash. */
export async function importReports(
  client: Client,
  paths: readonly string[],
  given: ReportFamily,
  { scope, sourceId }: ImportTarget,
  onProgress: (done: ReportsImported, path: string) => void,
): Promise<ReportsImported> {
  const done: ReportsImported = { samples: 0, added: 0, known: 0, problems: [] };
  const batches = new LabelBatches(client, done);
  const take = async (path: string, found: ReportedSample): Promise<void> => {
    if ('problem' in found) {
      done.problems.push(`${path}: ${found.problem}`);
      return;
    }
    done.samples += 1;
    onProgress(done, path);
    const target = familyOf(found, given);
    if (typeof target === 'string') {
      done.problems.push(`${path}: ${found.sha256}: ${target}`);
      return;
    }
    const sample: Sample = {
      sha256: sha256Of(found.code),
      size: found.code.length,
      source: `${basename(path)}: code of ${found.sha256}`,
      load: async () => found.code,
    };
    await batches.add({ ...target, layout: 'raw', scope, sourceId }, sample, sample.size);
  };
  for (const path of paths) {
    onProgress(done, path);
    let samples: Iterable<ReportedSample> | AsyncIterable<ReportedSample>;
    try {
      const isLarge = (await stat(path)).size > LARGEST_REPORT;
      samples = isLarge ? streamedSamples(() => bytesOf(path)) : reportedSamples(await readFile(path, 'utf8'));
    } catch (error) {
      done.problems.push(`${path} cannot be read: ${readErrorReason(error)}`);
      continue;
    }
    for await (const found of samples) await take(path, found);
  }
  await batches.finish();
  return done;
}
