import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { FAMILY_TYPES, type FamilyType } from '@genehound/contract';
import { CsvError, CsvRecords } from '../csv/read-csv.ts';
import { EXIT } from '../exit-codes.table.ts';
import { Failure } from '../failure.ts';
import { readErrorReason } from '../read-error.ts';

interface SampleLabel {
  readonly line: number;
  readonly family: string;
  readonly type: FamilyType;
}

/** Labels of a table of samples: by SHA-256, or by name of the file below the folder of samples. */
export interface SampleLabels {
  readonly byHash: ReadonlyMap<string, SampleLabel>;
  readonly byName: ReadonlyMap<string, SampleLabel>;
  /** Rows that say nothing that can be used, one sentence each. */
  readonly problems: readonly string[];
}

const HASH = /^[0-9a-f]{64}$/;

function typeOf(word: string, otherwise: FamilyType | undefined): FamilyType | undefined {
  if (word === '') return otherwise;
  return FAMILY_TYPES.find((type) => type === word.toLowerCase());
}

interface LabelledRow extends SampleLabel {
  /** SHA-256 or, where there is none, the name of the file. */
  readonly hash: string;
  readonly name: string;
}

/** A sentence where the row says nothing that can be used. */
function rowOf(
  { line, values }: { readonly line: number; readonly values: ReadonlyMap<string, string> },
  otherwise: FamilyType | undefined,
): LabelledRow | string {
  const hash = (values.get('sha256') ?? '').toLowerCase();
  const name = values.get('file') ?? '';
  const family = values.get('family') ?? '';
  const type = typeOf(values.get('type') ?? '', otherwise);
  if (hash !== '' && !HASH.test(hash)) return `${hash.slice(0, 80)} is no SHA-256`;
  if (hash === '' && name === '') return 'it names no sample';
  if (family === '' || family.length > 200) return 'it names no family';
  if (type === undefined) return `the type of the family is none of ${FAMILY_TYPES.join(', ')}`;
  return { line, hash, name, family, type };
}

/**
 * Reads a table with the columns `sha256` or `file`, `family`, and `type` (else `otherwise` for all). A row that
 * cannot be used costs one problem. Failure where the file is none such table.
 */
export async function readSampleLabels(path: string, otherwise: FamilyType | undefined): Promise<SampleLabels> {
  const byHash = new Map<string, SampleLabel>();
  const byName = new Map<string, SampleLabel>();
  const problems: string[] = [];
  const records = new CsvRecords();
  const take = (record: { readonly line: number; readonly values: ReadonlyMap<string, string> }): void => {
    const row = rowOf(record, otherwise);
    if (typeof row === 'string') problems.push(`${basename(path)}, line ${record.line}: ${row}`);
    else if (row.hash !== '') byHash.set(row.hash, row);
    else byName.set(row.name, row);
  };
  try {
    for await (const text of createReadStream(path, 'utf8'))
      for (const record of records.push(String(text))) take(record);
    for (const record of records.end()) take(record);
  } catch (error) {
    if (error instanceof CsvError) throw new Failure(EXIT.failed, `${path} is no CSV: ${error.message}.`);
    throw new Failure(EXIT.failed, `${path} cannot be read: ${readErrorReason(error)}.`);
  }
  const names = records.names ?? [];
  if (!names.includes('family') || !(names.includes('sha256') || names.includes('file'))) {
    throw new Failure(
      EXIT.usage,
      `${path} has not the columns that are needed.`,
      'Its first line must name "sha256" or "file", "family", and "type" unless --type says it.',
    );
  }
  return { byHash, byName, problems };
}
