import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CsvError, CsvReader, CsvRecords } from './read-csv.ts';

function read(text: string, piece = text.length || 1): readonly (readonly string[])[] {
  const reader = new CsvReader();
  const rows: (readonly string[])[] = [];
  for (let at = 0; at < text.length; at += piece) {
    for (const { fields } of reader.push(text.slice(at, at + piece))) rows.push(fields);
  }
  for (const { fields } of reader.end()) rows.push(fields);
  return rows;
}

const quoted = (field: string): string => `"${field.replaceAll('"', '""')}"`;

describe('CSV', () => {
  it('gives back what was written, however it is cut into pieces', () => {
    const row = fc.array(fc.string(), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 5 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom('\n', '\r\n'),
        (rows, piece, end) => {
          assert.deepEqual(read(rows.map((fields) => fields.map(quoted).join(',') + end).join(''), piece), rows);
        },
      ),
    );
  });

  it('reads plain fields, empty lines, and a last line without an end', () => {
    assert.deepEqual(read('a,b,\r\n\n\nc "d",,"e, ""f""\ng"'), [
      ['a', 'b', ''],
      ['c "d"', '', 'e, "f"\ng'],
    ]);
  });

  it('says where a quote is not closed', () => {
    assert.throws(() => read('a\nb,"c\nd'), new CsvError('A quote in the row that begins on line 2 is not closed'));
  });

  it('never throws anything else', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', 'a') }), (text) => {
        try {
          read(text);
        } catch (error) {
          if (!(error instanceof CsvError)) throw error;
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('names the columns by the first row', () => {
    const records = new CsvRecords();
    const [record, ...more] = [...records.push('\u{feff}SHA256, Family\nab,x\n'), ...records.end()];
    assert.deepEqual(
      [[...(record?.values ?? [])], record?.line, more.length],
      [
        [
          ['sha256', 'ab'],
          ['family', 'x'],
        ],
        2,
        0,
      ],
    );
  });
});
