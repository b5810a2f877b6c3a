import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createClient, ROUTES, resources, scanReport } from '@genehound/contract';
import { writeOfflineScan } from './offline-scan.test-helper.ts';
import { documentOf, genehound, type RunningServer, startServer } from './programs.test-helper.ts';

/** Every command against the real server. */

let server: RunningServer;
let folder = '';
const run = (args: readonly string[], environment?: Readonly<Record<string, string>>) =>
  genehound(server.data, args, environment);

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'genehound-test-files-'));
  server = await startServer();
});
after(async () => {
  await server.clean();
  rmSync(folder, { recursive: true, force: true });
});

test('key: made, listed, used, revoked, refused', async () => {
  const made = await run(['key', 'create', 'for a test', '--permission', 'full', '--expires', '1h', '--json']);
  assert.equal(made.exit, 0, made.stderr);
  const key = resources.createdKey.parse(documentOf(made));
  const withKey = ['--url', server.url, '--key', key.secret];
  const listed = await genehound('/nonexistent', ['key', 'list', '--json', ...withKey]);
  const keys = ROUTES.listKeys.answer.parse(documentOf(listed));
  assert.deepEqual(
    keys.items.map((one) => one.name),
    ['for a test'],
  );
  assert.ok(!listed.stdout.includes(key.secret), 'a secret is shown once');
  assert.match((await run(['key', 'list'])).stdout, /for a test {2}full +valid/);
  assert.equal((await run(['key', 'revoke', key.id])).exit, 0);
  const refused = await genehound('/nonexistent', ['key', 'list', ...withKey]);
  assert.equal(refused.exit, 3);
  assert.match(refused.stderr, /wrong, expired or revoked/);
  assert.match(refused.stderr, /--key/);
});

test('a scan key may deliver, not read', async () => {
  const made = await run(['key', 'create', 'scan only']);
  assert.equal(made.exit, 0);
  const secret = made.stdout.trim();
  assert.match(secret, /^[0-9a-f-]{36}$/);
  const listed = await genehound('/nonexistent', ['scan', 'list'], {
    GENEHOUND_URL: server.url,
    GENEHOUND_KEY: secret,
  });
  assert.equal(listed.exit, 1);
  assert.match(listed.stderr, /Insufficient Permissions/);
});

test('user and organisation: made, given roles and limits, shut out; passwords are shown once', async () => {
  const made = await run(['user', 'create', 'Una', '--role', 'analyst', 'viewer']);
  assert.equal(made.exit, 0, made.stderr);
  assert.match(made.stdout.trim(), /^[a-z2-9]{5}(-[a-z2-9]{5}){3}$/);
  assert.equal((await run(['user', 'roles', 'una', '--role', 'viewer'])).exit, 0);
  assert.match((await run(['user', 'disable', 'una'])).stdout, /Una +viewer +disabled/);
  const missing = await run(['user', 'reset', 'nobody']);
  assert.deepEqual([missing.exit, /user list/.test(missing.stderr)], [1, true]);
  const north = await run(['organisation', 'create', 'north', 'nora', '--json']);
  const { organisation } = ROUTES.createOrganisation.answer.parse(documentOf(north));
  const limited = await run(['organisation', 'limits', organisation.id, '--scans-per-month', '5000']);
  assert.match(limited.stdout, /north +1 +- +- +5000 +-/);
  const free = await run(['organisation', 'limits', organisation.id, '--scans-per-month', 'none', '--json']);
  assert.equal(ROUTES.changeOrganisation.answer.parse(documentOf(free)).limits.scansPerMonth, null);
  assert.equal((await run(['organisation', 'limits', organisation.id, '--bytes-per-hour', 'many'])).exit, 2);
  const remove = (...more: string[]) => run(['organisation', 'delete', organisation.id, ...more]);
  assert.match((await remove('--reason', 'they left')).stderr, /--name/);
  const other = await remove('--name', 'south', '--reason', 'they left');
  assert.deepEqual([other.exit, /not that of this organisation/.test(other.stderr)], [1, true]);
  assert.match((await run(['organisation', 'list'])).stdout, /north/);
  const gone = await remove('--name', 'north', '--reason', 'they left', '--json');
  assert.equal(ROUTES.deleteOrganisation.answer.parse(documentOf(gone)).id, organisation.id);
});

test('wrong command lines end with 2 and say what is right', async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['nonsense'], /unknown command/],
    [['scna'], /Did you mean scan/],
    [['key', 'create', 'x', '--expires', 'soon'], /such as 12h/],
    [['key', 'create', 'x', '--permission', 'everything'], /Allowed choices are scan, read, full/],
    [['index', '/bin/true'], /--family and --type/],
    [['index', '/bin/true', '--family', 'x'], /belong together/],
    [['index'], /Nothing to index/],
    [['scan', 'list', '--limit', '0'], /from 1 to 500/],
    [['scan', 'list', '--url', 'ftp://x'], /not the address of a server/],
    [['scan', 'show'], /missing required argument[\s\S]*--help/],
    [['analyze', '/bin'], /not a file[\s\S]*genehound index/],
  ];
  for (const [args, message] of cases) {
    const ended = await run(args);
    assert.equal(ended.exit, 2, `${args.join(' ')}: ${ended.stderr}`);
    assert.match(ended.stderr, message);
    assert.equal(ended.stdout, '');
  }
});

test('an environment variable that is wrong is named', async () => {
  const ended = await run(['scan', 'list'], { GENEHOUND_URL: 'nowhere' });
  assert.equal(ended.exit, 2);
  assert.match(ended.stderr, /GENEHOUND_URL is not valid/);
  assert.equal(ended.stdout, '');
});

test('an id that is unknown or none: what lists the ids is named', async () => {
  for (const id of ['01234567-89ab-7def-8123-456789abcdef', 'nonsense']) {
    const shown = await run(['scan', 'show', id]);
    assert.equal(shown.exit, 1, shown.stderr);
    assert.match(shown.stderr, /genehound scan list/);
    const revoked = await run(['key', 'revoke', id]);
    assert.equal(revoked.exit, 1, revoked.stderr);
    assert.match(revoked.stderr, /genehound key list/);
  }
});

test('no server known, and one that is not there', async () => {
  const unknown = await genehound('/nonexistent', ['scan', 'list']);
  assert.equal(unknown.exit, 2);
  assert.match(unknown.stderr, /No server is known[\s\S]*genehound server/);
  const gone = await genehound('/nonexistent', ['scan', 'list', '--url', 'http://127.0.0.1:9', '--key', 'x']);
  assert.equal(gone.exit, 2);
  assert.match(gone.stderr, /cannot be reached/);
});

test('index: files and folders, resumable, with the unreadable named', async () => {
  const tree = join(folder, 'tree');
  mkdirSync(join(tree, 'deep'), { recursive: true });
  for (const name of ['cat', 'ls']) copyFileSync(`/bin/${name}`, join(tree, 'deep', name));
  writeFileSync(join(tree, 'notes.txt'), 'no image');
  symlinkSync('/', join(tree, 'loop'));
  const args = [
    'index',
    tree,
    join(folder, 'absent'),
    '--family',
    'Tools of a test',
    '--type',
    'application',
    '--json',
  ];
  const first = await run(args);
  assert.equal(first.exit, 20, first.stderr);
  assert.match(first.stderr, /absent cannot be read: no such file or directory/);
  const summary = documentOf(first);
  assert.deepEqual(
    { ...(summary as object), problems: undefined },
    { added: 2, known: 0, archives: 0, skipped: 1, otherVersions: [], problems: undefined },
  );
  const second = await run(['index', tree, '--family', 'Tools of a test', '--type', 'application']);
  assert.equal(second.exit, 0);
  assert.match(second.stdout, /^0 added, 2 known already, 1 skipped/);
});

test('index: packages say whose code they hold; archives in folders are opened, a damaged one is counted', async () => {
  const tree = join(folder, 'packages');
  const root = join(folder, 'hello');
  mkdirSync(join(root, 'DEBIAN'), { recursive: true });
  mkdirSync(join(root, 'usr/bin'), { recursive: true });
  mkdirSync(tree);
  const control = 'Package: hello\nSource: greetings\nVersion: 1\nArchitecture: amd64\nMaintainer: a\nDescription: x\n';
  writeFileSync(join(root, 'DEBIAN/control'), control);
  copyFileSync('/bin/uname', join(root, 'usr/bin/hello'));
  execFileSync('dpkg-deb', ['-b', root, join(tree, 'hello.deb')], { stdio: 'ignore' });
  execFileSync('tar', ['-czf', join(tree, 'nobody.tar.gz'), '-C', '/bin', 'sync']);
  writeFileSync(join(tree, 'cut.tar.gz'), readFileSync(join(tree, 'nobody.tar.gz')).subarray(0, 4_000));
  const done = await run(['index', tree, '--json']);
  assert.equal(done.exit, 20, done.stderr);
  const { problems, ...counts } = documentOf(done) as { problems: string[] };
  assert.deepEqual(counts, { added: 1, known: 0, archives: 3, skipped: 0, otherVersions: [] });
  assert.deepEqual(
    problems.map((one) => one.replace(tree, '')),
    [
      '/cut.tar.gz could not be read whole: It is no whole gzip stream',
      '/nobody.tar.gz: 1 images in it are of no package: --family and --type say whose code it is',
    ],
  );
  const named = await run(['index', join(tree, 'nobody.tar.gz'), '--family', 'Nobody', '--type', 'library', '--json']);
  assert.equal((documentOf(named) as { added: number }).added, 1, named.stderr);
  const made = await run(['key', 'create', 'for families', '--permission', 'read', '--json']);
  const client = createClient(server.url, resources.createdKey.parse(documentOf(made)).secret);
  const { items } = await client.call('listFamilies', {});
  assert.ok(items.some(({ name, type, samples }) => name === 'greetings' && type === 'application' && samples === 1));
});

test('index: a family has one type', async () => {
  const ended = await run(['index', '/bin/date', '--family', 'tools OF a test', '--type', 'malware']);
  assert.equal(ended.exit, 1);
  assert.match(ended.stderr, /tools of a test|Tools of a test/i);
  assert.match(ended.stderr, /Choose another --family/);
});

test('upload: delivered once, again by force, and its report is read back', async () => {
  const root = join(folder, 'offline');
  const image = readFileSync('/bin/cat');
  const directory = writeOfflineScan(root, 'scan_host-a_1', image);
  const sent = await run(['upload', root, '--wait', '--json']);
  assert.equal(sent.exit, 0, sent.stderr);
  const { scans } = documentOf(sent) as {
    scans: { state: string; analysisId: string; verdict: string; problems: string[] }[];
  };
  assert.deepEqual(
    scans.map((one) => [one.state, one.problems]),
    [['sent', []]],
  );
  const id = readFileSync(join(directory, 'analysis_id.txt'), 'utf8').trim();
  assert.equal(id, scans[0]?.analysisId);

  const skipped = await run(['upload', directory]);
  assert.match(skipped.stdout, /sent before as/);
  const waited = await run(['upload', directory, '--force', '--wait']);
  assert.match(waited.stdout, /sent as \S+, verdict (no threats|incomplete|suspicious|infected)/);
  const forced = await run(['upload', directory, '--force', '--json']);
  assert.equal(forced.exit, 0, forced.stderr);
  assert.notEqual(readFileSync(join(directory, 'analysis_id.txt'), 'utf8').trim(), id);

  const shown = await run(['scan', 'show', id, '--json']);
  assert.equal(shown.exit, 0, shown.stderr);
  const report = scanReport.parse(documentOf(shown));
  assert.equal(report.endpoint.name, 'scan_host-a_1');
  assert.equal(report.endpoint.identity, 'name_only');
  assert.equal(report.coverage.reported, false);
  const text = await run(['scan', 'show', id]);
  assert.match(text.stdout, /^Coverage {3}not reported by this client/m);
  const list = resources.scanList.parse(documentOf(await run(['scan', 'list', '--json'])));
  assert.ok(list.items.some((scan) => scan.id === id));
  assert.match((await run(['scan', 'list'])).stdout, new RegExp(id));
  assert.equal((await run(['scan', 'show', '01234567-89ab-7def-8123-456789abcdef'])).exit, 1);
});

test('upload: what is broken is named, the rest is delivered', async () => {
  const root = join(folder, 'broken');
  const image = Buffer.concat([readFileSync('/bin/cat'), Buffer.from('another')]);
  const directory = writeOfflineScan(root, 'scan_host-b_1', image, { withSample: false });
  writeFileSync(join(directory, 'injected_modules_info.json'), '{"injected_modules_info": 3}');
  rmSync(join(directory, 'scan_summary.json'));
  const sent = await run(['upload', root]);
  assert.equal(sent.exit, 20, sent.stderr);
  assert.match(sent.stderr, /injected_modules_info\.json cannot be used/);
  assert.match(sent.stderr, /of which the directory has no bytes/);
  assert.match(sent.stderr, /scan_summary\.json is missing/);
  assert.equal((await run(['upload', join(folder, 'tree')])).exit, 1);
});

test('upload: a refused key sends nothing, an absent server leaves the directory for later', async () => {
  const root = join(folder, 'later');
  const directory = writeOfflineScan(root, 'scan_host-c_1', readFileSync('/bin/cat'));
  const refused = await run(['upload', root, '--url', server.url, '--key', '01234567-89ab-4def-8123-456789abcdef']);
  assert.equal(refused.exit, 3, refused.stderr);
  const gone = await run(['upload', root, '--url', 'http://127.0.0.1:9', '--key', 'x']);
  assert.equal(gone.exit, 30, gone.stderr);
  assert.ok(!existsSync(join(directory, 'analysis_id.txt')));
  assert.equal((await run(['upload', root])).exit, 0);
});

test('server: a second one on the same data directory is refused in one sentence', async () => {
  const second = await run(['server', '--port', '0']);
  assert.equal(second.exit, 1);
  assert.match(second.stderr, /^genehound: Another Genehound server .* uses the data directory/m);
});

test('server reset-password: the old one ends, the new one signs in', async () => {
  assert.match(server.firstPassword ?? '', /.{16,}/);
  const reset = await run(['server', 'reset-password', 'admin', '--json']);
  assert.equal(reset.exit, 0, reset.stderr);
  const { password } = documentOf(reset) as { readonly password: string };
  const client = createClient(server.url);
  assert.equal((await client.call('signIn', { body: { name: 'admin', password } })).name, 'admin');
  await assert.rejects(
    client.call('signIn', { body: { name: 'admin', password: server.firstPassword ?? '-' } }),
    /wrong/,
  );
  assert.equal((await run(['server', 'reset-password', 'nobody'])).exit, 1);
});

test('help names every command and exit code', async () => {
  const { stdout, exit } = await run(['--help']);
  assert.equal(exit, 0);
  for (const word of ['server', 'hunt', 'index', 'analyze', 'scan', 'upload', 'key', 'Exit codes', '20 ', '30 '])
    assert.ok(stdout.includes(word), word);
  assert.match((await run(['--version'])).stdout, /^\d+\.\d+\.\d+$/m);
});

test('index --debian: from the archive, where one can be reached', async (t) => {
  const reachable = ((): boolean => {
    try {
      execFileSync('apt-get', ['download', '--print-uris', 'hello'], { stdio: 'ignore', timeout: 30_000 });
      return true;
    } catch {
      return false;
    }
  })();
  if (!reachable) {
    t.skip('apt knows no archive here');
    return;
  }
  const ended = await run([
    'index',
    '--debian',
    'hello',
    'no-such-package-at-all',
    '../evil',
    '--json',
    '--scope',
    'global',
  ]);
  const summary = documentOf(ended) as { readonly added: number; readonly problems: readonly string[] };
  assert.equal(ended.exit, 20, ended.stderr);
  if (summary.problems.some((problem) => problem.includes('could not be downloaded'))) {
    t.skip(`no mirror: ${summary.problems.join(' ')}`);
    return;
  }
  assert.equal(summary.added, 1);
  assert.match(summary.problems.join('\n'), /no-such-package-at-all is in no archive/);
  assert.match(summary.problems.join('\n'), /"\.\.\/evil" is not the name of a package/);
});

test('a server that ends well ends with 0, and its file is gone', async () => {
  const own = await startServer();
  const file = join(own.data, 'run', 'server.json');
  assert.ok(existsSync(file));
  assert.equal(await own.stop(), 0);
  assert.ok(!existsSync(file));
  appendFileSync(join(own.data, 'keep'), '');
  const again = await startServer(own.data);
  assert.equal(again.firstPassword, null, 'the first password is shown once');
  await again.clean();
});
