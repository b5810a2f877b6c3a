import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { csvOf } from './csv.ts';

test('fields by name, nothing for null, JSON for what is nested', () => {
  const rows = [
    { name: 'a "b", c', n: 1, gone: null, list: ['x'] },
    { name: 'two\nlines', n: -1, more: true },
  ];
  assert.equal(csvOf(rows), 'name,n,gone,list,more\r\n"a ""b"", c",1,,"[""x""]",\r\n"two\nlines",-1,,,true\r\n');
});

test('a string of an endpoint is never a formula', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '  =', '\u00a0@', '\uff1d', '\uff0b', '\uff0d', '\uff20'),
      fc.string(),
      (first, rest) => {
        const [, line = ''] = csvOf([{ name: first + rest }]).split('name\r\n');
        assert.match(line, /^"?'/);
      },
    ),
  );
});
