import { readFile, stat } from 'node:fs/promises';
import { CsvError, CsvRecords } from '../csv/read-csv.ts';
import { EXIT } from '../exit-codes.table.ts';
import { Failure } from '../failure.ts';
import { readErrorReason } from '../read-error.ts';

export interface Target {
  readonly name: string;
  readonly group?: string;
}

/** A list of a million machines is some 30 MB. */
const MOST_BYTES = 64 * 2 ** 20;
/** As inventories call the column with the machine's name. */
const NAME_COLUMNS = [
  'host',
  'hostname',
  'host name',
  'name',
  'computer',
  'computername',
  'computer name',
  'fqdn',
  'dnshostname',
  'target',
  'endpoint',
  'device',
  'device name',
  'machine',
];
const GROUP_COLUMNS = ['group', 'tag', 'ou', 'department', 'site', 'collection'];

function columnOf(names: readonly string[], known: readonly string[]): string | undefined {
  return known.find((name) => names.includes(name));
}

/** A table with a row of names, of which one is a machine's; else null. */
function readTable(text: string): readonly Target[] | null {
  const records = new CsvRecords();
  const targets: Target[] = [];
  for (const { values } of [...records.push(text), ...records.end()]) {
    const names = records.names ?? [];
    const column = columnOf(names, NAME_COLUMNS);
    if (column === undefined || names.length < 2) return null;
    const group = values.get(columnOf(names, GROUP_COLUMNS) ?? '') ?? '';
    const name = values.get(column) ?? '';
    if (name !== '') targets.push(group === '' ? { name } : { name, group });
  }
  return targets;
}

/** Targets of a text: one a line, `#` begins a comment; or CSV with a column that is called host, name, computer, …. */
export function parseTargets(text: string): readonly Target[] {
  // What stands above as a comment makes no table of a list.
  const begun = text.replace(/^\u{feff}?(?:[ \t]*(?:#[^\n]*)?\r?\n)*/u, '');
  const [line = ''] = begun.split('\n', 1);
  const first = line.replace(/#.*$/, '');
  if (first.includes(',')) {
    const table = readTable(begun);
    if (table !== null) return table;
    throw new Failure(
      EXIT.usage,
      'The first row of the table names no column of machines.',
      `Call the column host, or one of: ${NAME_COLUMNS.join(', ')}.`,
    );
  }
  if (/[;\t]/.test(first))
    throw new Failure(
      EXIT.usage,
      'The table is separated by semicolons or tabs; its lines would be taken for names.',
      'Save it as CSV with commas, or as one name a line.',
    );
  return text
    .replace(/^\u{feff}/u, '')
    .split(/\r?\n/)
    .map((line) => line.replace(/#.*$/, '').trim())
    .filter((line) => line !== '')
    .map((name) => ({ name }));
}

/** Reads a file of targets. Throws a Failure that says what is wrong with it. */
export async function readTargets(path: string): Promise<readonly Target[]> {
  try {
    if ((await stat(path)).size > MOST_BYTES)
      throw new Failure(EXIT.usage, `${path} is larger than ${MOST_BYTES} bytes.`);
    return parseTargets(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (error instanceof CsvError) throw new Failure(EXIT.usage, `${path}: ${error.message}.`);
    throw new Failure(EXIT.usage, `${path} cannot be read: ${readErrorReason(error)}.`);
  }
}
