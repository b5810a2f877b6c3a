import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { CsvError, CsvRecords } from '../csv/read-csv.ts';
import { EXIT } from '../exit-codes.table.ts';
import { Failure } from '../failure.ts';
import { readErrorReason } from '../read-error.ts';

export interface ListedFile {
  readonly sha256: string;
  readonly product: string;
  readonly version: string;
  readonly manufacturer: string;
  /** A hacking tool, as the list says. */
  readonly tool: boolean;
}

/** A row of a list: a file, or why it is none. */
export type ListedRow = ListedFile | { readonly problem: string };

const HASH = /^[0-9a-f]{64}$/;
const LONGEST = 300;

function rowOf(place: string, hash: string, words: Omit<ListedFile, 'sha256'>): ListedRow {
  const sha256 = hash.toLowerCase();
  if (!HASH.test(sha256)) return { problem: `${place}: ${hash.slice(0, 80) || 'nothing'} is no SHA-256` };
  if (words.product === '') return { problem: `${place}: it names no product` };
  const short = (word: string): string => word.slice(0, LONGEST);
  const { product, version, manufacturer, tool } = words;
  return { sha256, product: short(product), version: short(version), manufacturer: short(manufacturer), tool };
}

const isYes = (word: string): boolean => ['1', 'true', 'yes'].includes(word.toLowerCase());

/** Columns: sha256, product, and where they are known version, manufacturer, tool. */
async function* csvRows(path: string): AsyncGenerator<ListedRow> {
  const records = new CsvRecords();
  const rowFrom = ({
    line,
    values,
  }: {
    readonly line: number;
    readonly values: ReadonlyMap<string, string>;
  }): ListedRow =>
    rowOf(`line ${line}`, values.get('sha256') ?? '', {
      product: values.get('product') ?? '',
      version: values.get('version') ?? '',
      manufacturer: values.get('manufacturer') ?? '',
      tool: isYes(values.get('tool') ?? ''),
    });
  try {
    for await (const text of createReadStream(path, 'utf8')) {
      for (const record of records.push(String(text))) yield rowFrom(record);
      if (records.names !== undefined && !records.names.includes('sha256'))
        throw new CsvError('it has no column sha256');
    }
    for (const record of records.end()) yield rowFrom(record);
  } catch (error) {
    if (error instanceof CsvError) throw new Failure(EXIT.failed, `${path} is no list of hashes: ${error.message}.`);
    throw error;
  }
}

const text = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';

/** Products by package: of the several rows that a package has, the first that names it. */
function readPackages(database: DatabaseSync): ReadonlyMap<string, Omit<ListedFile, 'sha256'>> {
  const manufacturers = new Map<string, string>();
  for (const row of database.prepare('select manufacturer_id, name from MFG').iterate()) {
    manufacturers.set(text(row['manufacturer_id']), text(row['name']));
  }
  const packages = new Map<string, Omit<ListedFile, 'sha256'>>();
  const rows = database
    .prepare('select package_id, name, version, manufacturer_id, application_type from PKG')
    .iterate();
  for (const row of rows) {
    const id = text(row['package_id']);
    const before = packages.get(id);
    const tool = /hack/i.test(text(row['application_type'])) || before?.tool === true;
    packages.set(id, {
      product: before?.product ?? text(row['name']),
      version: before?.version ?? text(row['version']),
      manufacturer: before?.manufacturer ?? manufacturers.get(text(row['manufacturer_id'])) ?? '',
      tool,
    });
  }
  return packages;
}

/** NSRL's Reference Data Set, version 3: tables FILE, PKG, MFG. Files are streamed; packages fit into memory. */
function* nsrlRows(path: string): Generator<ListedRow> {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const packages = readPackages(database);
    let number = 0;
    for (const row of database.prepare('select sha256, package_id from FILE').iterate()) {
      number++;
      const words = packages.get(text(row['package_id']));
      yield words === undefined
        ? { problem: `row ${number}: its package is not in the list` }
        : rowOf(`row ${number}`, text(row['sha256']), words);
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(
      EXIT.failed,
      `${path} is no NSRL list: ${error instanceof Error ? error.message : String(error)}.`,
      'Version 3 of the Reference Data Set is a SQLite file with the tables FILE, PKG and MFG.',
    );
  } finally {
    database.close();
  }
}

/** The rows of a hash list: CSV, or SQLite by its first bytes. Failure where it cannot be read. */
export async function* hashListRows(path: string): AsyncGenerator<ListedRow> {
  const head = Buffer.alloc(16);
  try {
    const file = await open(path, 'r');
    try {
      await file.read(head, 0, head.length, 0);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new Failure(EXIT.failed, `${path} cannot be read: ${readErrorReason(error)}.`);
  }
  if (head.toString('latin1').startsWith('SQLite format 3')) yield* nsrlRows(path);
  else yield* csvRows(path);
}
