import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Failure } from '../failure.ts';
import { parseTargets } from './read-targets.ts';

test('one a line, with comments, whatever the end of lines', () => {
  assert.deepEqual(parseTargets('\u{feff}web01\r\n# the databases\ndb01.example.org  # old\n\n10.0.0.7\n'), [
    { name: 'web01' },
    { name: 'db01.example.org' },
    { name: '10.0.0.7' },
  ]);
});

test('tables of inventories: the column of machines by its name, a group where there is one', () => {
  assert.deepEqual(parseTargets('OS,ComputerName,OU\nwin,PC1,"sales, north"\nwin,,x\nlinux,PC2,\n'), [
    { name: 'PC1', group: 'sales, north' },
    { name: 'PC2' },
  ]);
  assert.throws(() => parseTargets('a,b\n1,2\n'), /names no column of machines/);
  assert.deepEqual(parseTargets('# ours, all; of them\n\nweb01 # old, too\n'), [{ name: 'web01' }]);
  assert.deepEqual(parseTargets('\u{feff}# exported\r\nhost,group\r\nweb01,north\r\n'), [
    { name: 'web01', group: 'north' },
  ]);
  for (const table of ['host;group\nweb01;north\n', 'host\tgroup\nweb01\tnorth\n'])
    assert.throws(() => parseTargets(table), /separated by semicolons or tabs/, 'not one target of that name');
});

test('any text is a list or a Failure', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', '#', ' ', 'host') }), (text) => {
      try {
        for (const { name } of parseTargets(text)) assert.ok(name !== '');
      } catch (error) {
        assert.ok(error instanceof Failure || (error instanceof Error && error.name === 'Error'));
      }
    }),
  );
});
