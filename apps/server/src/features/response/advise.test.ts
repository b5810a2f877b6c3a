import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ScanReport } from '@genehound/contract';
import fc from 'fast-check';
import type { ScanBody } from '../scans/read.ts';
import { advise } from './advise.ts';
import { caseFacts } from './case-facts.ts';
import { techniquesOf } from './techniques.ts';

const STAGE = 'c'.repeat(64);
const DROPPER = 'b'.repeat(64);
const HOST = 'd'.repeat(64);
const UUID = '0192f0c4-1111-7000-8000-000000000001';

type Row = ScanReport['notTrusted'][number];

function row(part: Partial<Row> & Pick<Row, 'sha256' | 'layout' | 'verdict'>): Row {
  return {
    subVerdict: part.verdict === 'malicious' ? 'malicious' : 'suspicious',
    families: [],
    processes: [],
    path: null,
    addresses: [],
    findings: [],
    why: [],
    ...part,
  };
}

/** A dropper that a unit starts wrote its stage into a trusted daemon of root's. */
function bodyOf(notTrusted: readonly Row[]): ScanBody {
  const started = notTrusted.some(({ verdict }) => verdict === 'malicious') ? 'malicious' : null;
  const report: ScanReport = {
    version: 1,
    scanId: UUID,
    endpoint: { id: UUID, name: 'web-01', operatingSystem: 'debian_12', identity: 'confirmed' },
    hunt: null,
    verdict: 'malicious',
    families: [],
    reasons: [],
    coverage: { reported: true, complete: true, processes: { seen: 3, read: 3, notRead: [] }, problems: [] },
    counts: { processes: 3, modules: 0, files: 2, regions: 1, findings: 1 },
    artifacts: { trusted: 1, unknown: 0, suspicious: 0, malicious: 2 },
    notTrusted: [...notTrusted],
    findings: [
      { finding: 'implanted-code', pid: 30, path: '/usr/sbin/daemon', address: '0x2000', sha256: STAGE, details: '' },
    ],
    jitRegions: [],
    times: { createdAt: '2026-11-24T00:00:00.000Z', endedAt: null, finishedAt: null },
  };
  const run = (pid: number, parent: number, path: string, user: string) => ({
    pid,
    parent,
    path,
    user,
    commandLine: null,
    startedAt: null,
    verdict: null,
    artifacts: 1,
  });
  const file = (path: string, sha256: string, verdict: 'malicious' | 'trusted' | null) => ({
    category: 'services',
    entry: `/etc/systemd/system/${sha256.slice(0, 1)}.service`,
    value: path,
    name: null,
    user: null,
    state: 'enabled',
    files: [{ path, sha256, verdict }],
  });
  return {
    report,
    processes: [
      run(1, 0, '/usr/lib/systemd/systemd', 'root'),
      run(20, 1, '/opt/dropper', 'www'),
      run(30, 1, '/usr/sbin/daemon', 'root'),
    ],
    surroundings: {
      autoruns: [file('/opt/dropper', DROPPER, started), file('/usr/sbin/daemon', HOST, 'trusted')],
      scheduledTasks: [],
      manifest: null,
      metrics: null,
      leftOut: { autoruns: 0, scheduledTasks: 0 },
    },
    artifacts: [
      {
        sha256: HOST,
        layout: 'file',
        verdict: 'trusted',
        subVerdict: 'trusted',
        places: [{ pid: 30, path: '/usr/sbin/daemon' }],
      },
    ],
  };
}

const INFECTED = [
  row({
    sha256: STAGE,
    layout: 'raw',
    verdict: 'malicious',
    families: ['Evil'],
    processes: [{ pid: 30, path: '/usr/sbin/daemon' }],
    addresses: ['0x2000'],
    findings: ['implanted-code'],
  }),
  row({
    sha256: DROPPER,
    layout: 'file',
    verdict: 'malicious',
    families: ['Evil'],
    path: '/opt/dropper',
    processes: [{ pid: 20, path: '/opt/dropper' }],
    why: ['30 of its genes are of Evil'],
  }),
];

test('each step names the exact thing, in the order of a response', () => {
  const { steps, leftOut } = advise(caseFacts(bodyOf(INFECTED)));
  assert.deepEqual(
    steps.map(({ kind, target, pid }) => `${kind} ${target}${pid === null ? '' : ` ${pid}`}`),
    [
      'isolate web-01',
      'save memory of /opt/dropper 20',
      'save memory of /usr/sbin/daemon 30',
      'stop /opt/dropper 20',
      'stop /usr/sbin/daemon 30',
      `disable /etc/systemd/system/b.service`,
      'remove /opt/dropper',
      'rotate www',
      'rotate root',
    ],
  );
  assert.equal(leftOut, 0);
  const host = steps.find(({ kind, pid }) => kind === 'stop' && pid === 30);
  assert.match(host?.reason ?? '', /Evil at 0x2000, a trusted program into which it was put/);
  assert.ok(host?.evidence.some((one) => one.kind === 'finding' && one.address === '0x2000'));
  assert.match(steps.at(-1)?.reason ?? '', /every account/);
});

test('a trusted program that starts by itself is left alone, and nothing trusted names a technique', () => {
  const facts = caseFacts(bodyOf(INFECTED));
  assert.ok(!facts.starters.some(({ file }) => file.sha256 === HOST));
  assert.deepEqual(
    techniquesOf(facts).map(({ id }) => id),
    ['T1055', 'T1543.002'],
  );
  assert.deepEqual(techniquesOf(caseFacts(bodyOf([]))), []);
});

test('a timer or a line of a crontab, told as an entry and as a task, is one step', () => {
  const body = bodyOf(INFECTED);
  const files = [{ path: '/opt/dropper', sha256: DROPPER, verdict: 'malicious' as const }];
  const entry = (place: string) => ({
    ...{ category: 'timers', entry: place, value: '/opt/dropper', name: null, user: null, state: 'enabled', files },
  });
  const task = (name: string) => ({
    ...{ name, author: null, state: 'ready', hidden: false, when: null, user: null },
    actions: [{ command: '/opt/dropper', arguments: null, directory: null, files }],
  });
  const surroundings = {
    autoruns: [entry('/etc/systemd/system/evil.timer'), entry('/etc/crontab')],
    scheduledTasks: [task('evil.timer'), task('/etc/crontab: /opt/dropper'), task('\\\\Updater')],
    manifest: null,
    metrics: null,
    leftOut: { autoruns: 0, scheduledTasks: 0 },
  };
  const { steps } = advise(caseFacts({ ...body, surroundings }));
  assert.deepEqual(
    steps.filter(({ kind }) => kind === 'disable').map(({ target }) => target),
    ['/etc/systemd/system/evil.timer', '/etc/crontab', '\\\\Updater'],
  );
});

test('no evidence, no step', () => {
  assert.deepEqual(advise(caseFacts(bodyOf([]))), { steps: [], leftOut: 0 });
  const unknown = row({ sha256: STAGE, layout: 'raw', verdict: 'unknown', processes: [{ pid: 30, path: null }] });
  assert.deepEqual(advise(caseFacts(bodyOf([unknown]))).steps, []);
});

test('what only looks suspicious is saved and reviewed, never stopped or removed', () => {
  const tool = row({
    sha256: DROPPER,
    layout: 'file',
    verdict: 'suspicious',
    subVerdict: 'administration_tool',
    path: '/opt/dropper',
    processes: [{ pid: 20, path: '/opt/dropper' }],
  });
  const { steps } = advise(caseFacts(bodyOf([tool])));
  assert.deepEqual(
    steps.map(({ kind }) => kind),
    ['save', 'review'],
  );
});

test('any scan: every step has evidence, kinds keep their order, and no kind floods', () => {
  const verdict = fc.constantFrom('malicious', 'suspicious', 'unknown') as fc.Arbitrary<Row['verdict']>;
  const layout = fc.constantFrom('file', 'mapped', 'raw') as fc.Arbitrary<Row['layout']>;
  const artifact = fc
    .record({ verdict, layout, pid: fc.integer({ min: 0, max: 99_999 }), path: fc.option(fc.string()) })
    .map(({ verdict, layout, pid, path }) =>
      row({ sha256: STAGE, layout, verdict, path, processes: [{ pid, path }], addresses: ['0x1'] }),
    );
  const order = ['isolate', 'save', 'stop', 'disable', 'remove', 'rotate', 'review'];
  fc.assert(
    fc.property(fc.array(artifact, { maxLength: 200 }), (rows) => {
      const { steps, leftOut } = advise(caseFacts(bodyOf(rows)));
      assert.ok(steps.length <= 50 * order.length && leftOut >= 0);
      const places = steps.map(({ kind }) => order.indexOf(kind));
      assert.deepEqual(
        places,
        places.toSorted((a, b) => a - b),
      );
      for (const step of steps) assert.ok(step.evidence.length > 0 && step.reason !== '', JSON.stringify(step));
    }),
  );
});

test('an endpoint that invents a hundred thousand infected processes gets its advice at once', () => {
  const rows = Array.from({ length: 100_000 }, (_unused, at) =>
    row({
      sha256: at.toString(16).padStart(64, '0'),
      layout: 'raw',
      verdict: 'malicious',
      processes: [{ pid: at + 10, path: `/${at}` }],
      addresses: ['0x1'],
    }),
  );
  const body = bodyOf(rows);
  const findings = rows.map(({ sha256 }, at) => ({
    finding: at % 2 === 0 ? ('deleted-file' as const) : ('implanted-code' as const),
    pid: at + 10,
    path: null,
    address: `0x${at}`,
    sha256,
    details: '',
  }));
  const started = performance.now();
  const facts = caseFacts({ ...body, report: { ...body.report, findings } });
  const { steps, leftOut } = advise(facts);
  assert.deepEqual([steps.length, leftOut], [104, 150_000 + 100_000 - 100]);
  assert.match(techniquesOf(facts)[0]?.because ?? '', /, and 49997 more$/);
  // One that asks each for all others takes minutes.
  assert.ok(performance.now() - started < 10_000, `${performance.now() - started} ms`);
});

test('an entry is named by its place, on Windows by the exact one; what fits none has no name', () => {
  const key = 'HKLM\\Software\\Microsoft\\Windows NT\\CurrentVersion\\';
  const named = (isWindows: boolean, kind: 'autorun' | 'task', category: string | null, name: string) => {
    const file = { path: '/x', sha256: DROPPER, verdict: 'malicious' as const };
    const starter = { kind, category, name, value: null, file, isMalicious: true };
    return techniquesOf({ ...caseFacts(bodyOf([])), isWindows, starters: [starter] }).map(({ id }) => id);
  };
  for (const [category, place, id] of [
    ['logon', 'HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\RunOnce\\updater', 'T1547.001'],
    ['logon', `${key}Winlogon\\Userinit`, 'T1547.004'],
    ['logon', 'HKU\\S-1-5-21\\Environment\\UserInitMprLogonScript', 'T1037.001'],
    ['winlogon', `${key}Winlogon\\Notify\\evil`, 'T1547.004'],
    ['winlogon', 'HKU\\S-1-5-21\\Control Panel\\Desktop\\Scrnsave.exe', 'T1546.002'],
    ['winlogon', 'HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Authentication\\Credential Providers\\{1}', null],
    ['services', 'anything', 'T1543.003'],
  ] as const)
    assert.deepEqual(named(true, 'autorun', category, place), id === null ? [] : [id], place);
  assert.deepEqual(named(true, 'task', null, '\\Updater'), ['T1053.005']);
  assert.deepEqual(named(false, 'task', null, 'backup.timer'), [], 'the technique is of the Task Scheduler of Windows');
  assert.deepEqual(named(false, 'autorun', 'timers', '/etc/systemd/system/backup.timer'), ['T1053.006']);
});
