import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { createClient, type HuntReport, huntReport, resources } from '@genehound/contract';
import { type Account, addSudoAccount } from '../harness/account.ts';
import { freshClone, warmCaches } from '../harness/clone.ts';
import { HARNESS } from '../harness/config.ts';
import { type OnlineMachine, openOnlineMachine, type RunOptions } from '../harness/machine.ts';
import { needsRoot } from '../harness/privilege.ts';

/**
 * The README's first command where nothing is installed yet and the package mirrors answer: a fresh clone below a home
 * that nobody else may enter, by a user with sudo, and by root.
 */

/** Promised for two cores that do nothing else, as in CI; elsewhere a run is only ended when it hangs. */
const FIRST_SECONDS = 300;
const LATER_SECONDS = 60;
const PATIENCE = HARNESS.ci ? 1 : 3;

interface Place {
  readonly machine: OnlineMachine;
  readonly clone: string;
  /** Who hunts. */
  as(options?: RunOptions): RunOptions;
}

/** Exactly one document on standard output, which keeps what its schema promises, and exit 0. */
async function hunt({ machine, clone, as }: Place, options: RunOptions): Promise<HuntReport> {
  const told = await machine.run('npm', ['--prefix', clone, 'run', '-s', 'hunt', '--', '--json'], as(options));
  assert.equal(told.code, 0, `${told.stderr}\n${told.stdout.slice(0, 4000)}`);
  const report = huntReport.parse(JSON.parse(told.stdout));
  assert.equal(report.verdict, 'no_threats', told.stdout);
  assert.deepEqual([report.scannerExit, report.coverage.complete, report.coverage.reported], [0, true, true]);
  assert.equal(report.artifacts.suspicious + report.artifacts.malicious, 0, told.stdout);
  return report;
}

/** The mirrors were used: what the distribution's own packages brought is trusted, not unknown. */
function assertMirrorsServed(report: HuntReport): void {
  const said = report.genome.lacking.join('\n');
  assert.doesNotMatch(said, /could not be (downloaded|fetched)/, said);
  const loader = report.notTrusted.find((one) => /\/(ld-linux[^/]*|libc)\.so\.\d$/.test(one.path ?? ''));
  assert.equal(loader, undefined, JSON.stringify(loader));
  assert.ok(report.artifacts.trusted >= 10, JSON.stringify(report.artifacts));
}

/** What may only differ between two hunts of one machine is what was seen at the moment. */
function assertNothingDoubled(first: HuntReport, second: HuntReport): void {
  assert.ok(first.hunt !== null);
  const kept = ({ endpoint, hunt, genome: { families, genes } }: HuntReport): unknown => [
    endpoint.id,
    hunt?.id,
    families,
    genes,
  ];
  assert.deepEqual(kept(second), kept(first));
  assert.notEqual(second.scanId, first.scanId);
}

/** Without --json, as a person sees it: the report, the console's address; it serves until Ctrl-C, which is its good end. */
async function huntAtTerminal({ machine, clone, as }: Place, scans: ReadonlySet<string>): Promise<void> {
  const { prefix = [], environment = {} } = as();
  const child = machine.start(
    'setsid',
    ['sh', '-c', 'echo $$; exec "$@"', 'sh', ...prefix, 'npm', '--prefix', clone, 'run', '-s', 'hunt'],
    environment,
  );
  const ended = once(child, 'close');
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout ?? process.stdin })) {
    lines.push(line);
    if (line.includes('interrupt with Ctrl-C')) break;
  }
  const text = lines.join('\n');
  assert.match(text, /Verdict {4}.* NO THREATS/, `${text}\n${errors}`);
  assert.match(text, /reset-password/);
  assert.doesNotMatch(text + errors, /shown this once/, 'the password is shown at the first start alone');
  const url = /^Console +(http:\S+)$/m.exec(text)?.[1] ?? '';
  await assertServesOnce({ machine, clone, as }, url, scans);
  await machine.run('kill', ['-INT', '--', `-${lines[0]}`]);
  // Interrupted as well, npm ends by the signal although what it ran ended well.
  const [code, signal] = await ended;
  assert.ok(code === 0 || signal === 'SIGINT', `${code} ${signal}: ${errors}`);
  await assert.rejects(fetch(url), 'the server ends with the hunt');
  const left = await machine.run('pgrep', ['--list-name', 'node|postgres']);
  assert.equal(left.stdout, '', 'and its database with it');
}

/** One hunt, one endpoint, every family once, no scan but those of the hunts; the console is there. */
async function assertServesOnce(place: Place, url: string, scans: ReadonlySet<string>): Promise<void> {
  assert.match(await (await fetch(url)).text(), /<div id=/);
  const args = ['key', 'create', 'test', '--permission', 'full', '--expires', '1h', '--json'];
  const npm = ['--prefix', place.clone, 'run', '-s', 'genehound', '--', ...args];
  const made = await place.machine.run('npm', npm, place.as());
  assert.equal(made.code, 0, made.stderr);
  const client = createClient(url, resources.createdKey.parse(JSON.parse(made.stdout)).secret);
  const [hunts, found, families, keys] = await Promise.all([
    client.call('listHunts', {}),
    client.call('listScans', { query: {} }),
    client.call('listFamilies', {}),
    client.call('listKeys', {}),
  ]);
  assert.equal(hunts.items.length, 1);
  const ids = new Set(found.items.map((one) => one.id));
  assert.deepEqual([ids.size, found.items.length], [scans.size + 1, scans.size + 1]);
  assert.ok([...scans].every((id) => ids.has(id)));
  assert.equal(new Set(found.items.map((one) => one.endpoint?.id)).size, 1);
  const names = families.items.map((one) => `${one.scope} ${one.name}`);
  assert.equal(new Set(names).size, names.length);
  const ofRuns = keys.items.filter((one) => one.huntId !== null);
  assert.ok(ofRuns.length > 0 && ofRuns.every((one) => one.revokedAt !== null), 'the key of a run expires with it');
}

async function huntTwice(context: TestContext, place: Place): Promise<ReadonlySet<string>> {
  const first = await hunt(place, { seconds: FIRST_SECONDS * PATIENCE });
  assertMirrorsServed(first);
  const second = await hunt(place, { seconds: LATER_SECONDS * PATIENCE });
  assertNothingDoubled(first, second);
  for (const { seconds, phases } of [first, second]) context.diagnostic(`${seconds} s: ${JSON.stringify(phases)}`);
  return new Set([first.scanId, second.scanId]);
}

async function openPlace(context: TestContext, name: string): Promise<{ place: Place; account: Account }> {
  const machine = await openOnlineMachine(name);
  context.after(() => machine.close());
  const account = await addSudoAccount(machine);
  return { place: { machine, clone: await freshClone(machine, account), as: account.as }, account };
}

test('npm run hunt in a fresh clone below a closed home: a user with sudo, then root', async (context) => {
  if (!(await needsRoot(context))) return;
  const { place, account } = await openPlace(context, 'gh-fresh');
  if (!HARNESS.long) await warmCaches(place.machine, account);
  await context.test('a user with sudo', async (inner) => {
    await huntAtTerminal(place, await huntTwice(inner, place));
  });
  await context.test('root, on a data directory of its own', async (inner) => {
    const environment = { ...HARNESS.waysOut, GENEHOUND_DATA: '/var/tmp/of-root', HOME: HARNESS.home };
    const report = await hunt(
      { ...place, as: (options = {}) => ({ ...options, environment }) },
      { seconds: FIRST_SECONDS * PATIENCE },
    );
    assertMirrorsServed(report);
    inner.diagnostic(`${report.seconds} s: ${JSON.stringify(report.phases)}`);
  });
});

test('npm run hunt in a fresh clone by root, who installs everything', async (context) => {
  if (!HARNESS.long) return context.skip('minutes: npm run test:long');
  if (!(await needsRoot(context))) return;
  const { place } = await openPlace(context, 'gh-fresh-root');
  await place.machine.run('chown', ['-R', '0:0', place.clone]);
  const environment = {
    ...HARNESS.waysOut,
    GENEHOUND_DATA: '/var/tmp/of-root',
    HOME: '/var/tmp/home-of-root',
  };
  await hunt({ ...place, as: (options = {}) => ({ ...options, environment }) }, { seconds: FIRST_SECONDS * PATIENCE });
});
