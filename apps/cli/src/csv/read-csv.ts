/** One row of a CSV file (RFC 4180), with the line that it begins on, from 1. */
export interface CsvRow {
  readonly line: number;
  readonly fields: readonly string[];
}

/** Characters of one row: more is no row, but a quote that was never closed. */
const LONGEST_ROW = 1_000_000;

/** A file that cannot be read as CSV. The message says where. */
export class CsvError extends Error {}

/**
 * Splits text that comes in pieces into rows. Fields may be quoted, quotes in them doubled; lines end with LF or CRLF.
 * Empty lines are left out. One row in memory at a time.
 */
export class CsvReader {
  #fields: string[] = [];
  #field = '';
  #state: 'start' | 'plain' | 'quoted' | 'closed' = 'start';
  #line = 1;
  #begin = 1;
  #length = 0;

  *push(text: string): Generator<CsvRow> {
    for (const character of text) {
      if (character === '\n') this.#line++;
      if (this.#state !== 'quoted' && (character === '\n' || character === '\r')) {
        if (character === '\n') yield* this.#row();
        continue;
      }
      this.#length++;
      if (this.#length > LONGEST_ROW) throw new CsvError(`The row that begins on line ${this.#begin} never ends`);
      this.#take(character);
    }
  }

  /** There is no more. */
  *end(): Generator<CsvRow> {
    if (this.#state === 'quoted')
      throw new CsvError(`A quote in the row that begins on line ${this.#begin} is not closed`);
    yield* this.#row();
  }

  #take(character: string): void {
    if (this.#state === 'quoted') {
      if (character === '"') this.#state = 'closed';
      else this.#field += character;
    } else if (character === ',') {
      this.#fields.push(this.#field);
      this.#field = '';
      this.#state = 'start';
    } else if (character === '"' && this.#state === 'start') {
      this.#state = 'quoted';
    } else if (character === '"' && this.#state === 'closed') {
      this.#field += '"';
      this.#state = 'quoted';
    } else {
      this.#field += character;
      this.#state = 'plain';
    }
  }

  *#row(): Generator<CsvRow> {
    const isEmpty = this.#fields.length === 0 && this.#field === '' && this.#state === 'start';
    const row = { line: this.#begin, fields: [...this.#fields, this.#field] };
    this.#fields = [];
    this.#field = '';
    this.#state = 'start';
    this.#begin = this.#line;
    this.#length = 0;
    if (!isEmpty) yield row;
  }
}

/** Rows as records by the names of the first row, in lower case. */
export class CsvRecords {
  readonly #reader = new CsvReader();
  #names: readonly string[] | undefined;

  /** The names of the columns, once the first row was read. */
  get names(): readonly string[] | undefined {
    return this.#names;
  }

  *push(text: string): Generator<{ readonly line: number; readonly values: ReadonlyMap<string, string> }> {
    for (const row of this.#reader.push(text)) yield* this.#record(row);
  }

  *end(): Generator<{ readonly line: number; readonly values: ReadonlyMap<string, string> }> {
    for (const row of this.#reader.end()) yield* this.#record(row);
  }

  *#record({ line, fields }: CsvRow) {
    const names = this.#names;
    if (names === undefined) {
      // A byte order mark is no part of a name.
      this.#names = fields.map((name) =>
        name
          .replace(/^\u{feff}/u, '')
          .trim()
          .toLowerCase(),
      );
      return;
    }
    yield { line, values: new Map(names.map((name, i) => [name, (fields[i] ?? '').trim()])) };
  }
}
