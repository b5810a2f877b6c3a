import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { countMachines, coverRound, type RoundScan, type RoundView, timelineOf } from './coverage.ts';

function scan(id: string, host: string, more: Partial<RoundScan> = {}): RoundScan {
  return {
    id,
    state: 'done',
    endReason: 'done',
    verdict: 'no_threats',
    gaps: [],
    endpoint: { id: `endpoint of ${host}`, name: host },
    hosts: [host.toLowerCase()],
    domains: ['example.org'],
    machineIds: [`machine of ${host.toLowerCase()}`],
    address: '192.0.2.7',
    endedAt: new Date('2026-05-01T00:00:00Z'),
    ...more,
  };
}

function view(targets: readonly string[], scans: readonly RoundScan[], more: Partial<RoundView> = {}): RoundView {
  const named = targets.map((name) => ({ name, group: null }));
  return { targets: named, scans, anyone: false, one: true, ended: false, ...more };
}

const rowsOf = (shown: RoundView) => coverRound(shown).rows;
const states = (shown: RoundView): readonly string[] =>
  coverRound(shown).rows.map(({ name, state }) => `${name} ${state}`);

test('a target is expected while the round is open and missing once it is over', () => {
  assert.deepEqual(states(view(['A'], [])), ['A expected']);
  assert.deepEqual(states(view(['A'], [], { ended: true })), ['A missing']);
});

test('a target may be named by host, in any case, with its domain, by machine id or by address', () => {
  for (const name of ['web01', 'WEB01', 'Web01.Example.ORG', 'machine of Web01', '192.0.2.7'])
    assert.deepEqual(states(view([name], [scan('1', 'Web01')])), [`${name} done`]);
});

test('what a scan is worth: complete, with gaps, broken off, failed, refused', () => {
  const of = (more: Partial<RoundScan>): string | undefined => rowsOf(view(['a'], [scan('1', 'a', more)]))[0]?.state;
  assert.equal(of({}), 'done');
  assert.equal(of({ verdict: 'malicious' }), 'done');
  assert.equal(of({ verdict: 'malicious', gaps: ['12 processes were not read'] }), 'incomplete');
  assert.equal(of({ gaps: null, verdict: 'incomplete' }), 'incomplete');
  assert.equal(of({ state: 'failed', verdict: null }), 'failed');
  assert.equal(of({ state: 'analysing', verdict: null }), 'running');
  assert.equal(of({ endReason: 'unsupported' }), 'unsupported');
});

test('of several scans the best counts; a later clean one does not erase an infection', () => {
  const first = scan('1', 'a', { verdict: 'malicious' });
  const later = scan('2', 'a', { endedAt: new Date('2026-05-02T00:00:00Z') });
  const [row] = rowsOf(view(['a'], [first, later], { one: false }));
  assert.deepEqual([row?.state, row?.verdict, row?.scanId], ['done', 'malicious', '1']);
  const broken = scan('3', 'a', { endReason: null, gaps: ['The scan never ended'] });
  assert.equal(rowsOf(view(['a'], [broken, later]))[0]?.state, 'done', 'what broke off may be tried again');
});

test('a second whole scan is conflicting where one is admitted, and says which', () => {
  const [row] = rowsOf(view(['a'], [scan('1', 'a'), scan('2', 'a')]));
  assert.equal(row?.state, 'conflicting');
  assert.match(row?.reasons.join() ?? '', /2 whole scans came.*1, 2/);
});

test('two machines with one name are conflicting, not one', () => {
  const twin = scan('2', 'a', { endpoint: { id: 'another', name: 'a' } });
  const rows = rowsOf(view(['a'], [scan('1', 'a'), twin]));
  assert.deepEqual(
    rows.map(({ name, state, reasons }) => [name, state, reasons]),
    [['a', 'conflicting', ['2 machines have this name']]],
  );
});

test('who was not asked is unexpected, unless whoever comes is welcome', () => {
  assert.deepEqual(states(view(['a'], [scan('1', 'b')])), ['a expected', 'b unexpected']);
  assert.deepEqual(states(view(['a'], [scan('1', 'b')], { anyone: true })), ['a expected', 'b done']);
});

test('who came without being asked makes no share of the targets', () => {
  const { reported } = coverRound(view(['a', 'b'], [scan('1', 'x'), scan('2', 'y'), scan('3', 'a')], { anyone: true }));
  assert.equal(reported, 1);
});

test('a machine counts once by its verdict, under however many names it is a target', () => {
  const scans = [scan('1', 'a', { verdict: 'malicious' }), scan('2', 'a', { endpoint: { id: 'twin', name: 'a' } })];
  const { rows } = coverRound(view(['a', 'a.example.org', 'machine of a'], scans));
  assert.equal(rows.length, 3);
  assert.deepEqual(countMachines(scans), { malicious: 1, suspicious: 0, incomplete: 0, no_threats: 1 });
});

test('a machine that claims thousands of names and domains costs their sum, not their product', () => {
  const many = (of: string): string[] => Array.from({ length: 30_000 }, (_, n) => `${of}${n}.x`);
  const rows = rowsOf(view(['host7.x.domain9.x'], [scan('1', 'h', { hosts: many('host'), domains: many('domain') })]));
  assert.deepEqual([rows[0]?.state, rows.length], ['done', 1]);
});

test('every target is there once, and every machine that came', () => {
  const host = fc.constantFrom<string>('a', 'b', 'c', 'd', 'e');
  fc.assert(
    fc.property(fc.uniqueArray(host), fc.array(host), fc.boolean(), (targets, came, ended) => {
      const scans = came.map((name, place) => scan(`${place}`, name, { address: null }));
      const rows = rowsOf(view(targets, scans, { ended }));
      const machines = new Set(came);
      const extra = [...machines].filter((name) => !targets.includes(name));
      assert.deepEqual(
        rows.map(({ name }) => name),
        [...targets, ...extra].sort(),
      );
      for (const row of rows) assert.equal(row.endpoint !== null, machines.has(row.name));
      assert.equal(timelineOf(scans, 60).at(-1)?.reported ?? 0, machines.size);
    }),
  );
});
