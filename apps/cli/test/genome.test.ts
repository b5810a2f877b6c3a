import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { type Client, createClient, ROUTES, resources } from '@genehound/contract';
import { writeOfflineScan } from './offline-scan.test-helper.ts';
import { documentOf, genehound, type RunningServer, startServer } from './programs.test-helper.ts';

/** `genehound genome` against the real server. */

let server: RunningServer;
let client: Client;
let folder = '';
const run = (args: readonly string[]) => genehound(server.data, ['genome', ...args]);
const path = (name: string): string => join(folder, name);
const hashOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
const about = ['--licence', 'CC-BY-4.0', '--tlp', 'amber', '--attribution', 'Example CERT'];

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'genehound-test-genome-'));
  server = await startServer();
  const made = await genehound(server.data, ['key', 'create', 'test', '--permission', 'full', '--json']);
  client = createClient(server.url, resources.createdKey.parse(documentOf(made)).secret);
});
after(async () => {
  await server.clean();
  rmSync(folder, { recursive: true, force: true });
});

async function verdictOf(bytes: Uint8Array): Promise<string | undefined> {
  let artifact = await client.call('analyseArtifact', { query: { layout: 'file' }, body: bytes });
  const params = { sha256: artifact.sha256, layout: 'file' } as const;
  for (const end = Date.now() + 60_000; artifact.verdict === null; ) {
    assert.ok(Date.now() < end);
    await new Promise((resolve) => setTimeout(resolve, 100));
    artifact = await client.call('getArtifact', { params });
  }
  return artifact.verdict.verdict;
}

test('samples are labelled as a table says; rows and files that say nothing are counted; again adds nothing', async () => {
  mkdirSync(path('samples/deeper'), { recursive: true });
  copyFileSync('/bin/tar', path('samples/one'));
  copyFileSync('/bin/false', path('samples/deeper/two'));
  copyFileSync('/bin/echo', path('samples/three'));
  const lines = ['sha256,file,family,type', `${hashOf('/bin/tar')},,"Family, one",malware`, ',deeper/two,two,library'];
  const bad = [
    'nonsense,,x,malware',
    `${'0'.repeat(64)},,gone,malware`,
    ',x,y,no type',
    `${hashOf('/bin/echo')},,,malware`,
  ];
  writeFileSync(path('labels.csv'), [...lines, ...bad].join('\r\n'));
  const args = [
    'import',
    '--source',
    'corpus',
    ...about,
    '--samples',
    path('samples'),
    '--labels',
    path('labels.csv'),
    '--json',
  ];
  const first = await run(args);
  assert.equal(first.exit, 20, first.stderr);
  const { problems, ...counts } = documentOf(first) as { readonly problems: readonly string[] };
  assert.deepEqual(counts, { files: 3, added: 2, known: 0, unlabelled: 1, missing: 1, rowsWithProblems: 3 });
  assert.match(
    problems.join('\n'),
    /line 4: nonsense is no SHA-256\n.*line 6: the type.*\n.*line 7: it names no family/,
  );
  const again = documentOf(await run(args)) as Readonly<Record<string, unknown>>;
  assert.deepEqual([again['added'], again['known']], [0, 2]);
  const relative = Buffer.concat([readFileSync('/bin/tar'), Buffer.from([0])]);
  assert.equal(await verdictOf(relative), 'malicious');

  const listed = ROUTES.listSources.answer.parse(documentOf(await run(['sources', '--json'])));
  const [source] = listed.items;
  assert.deepEqual([source?.name, source?.labels, source?.tlp], ['corpus', 2, 'amber']);
  assert.match((await run(['sources'])).stdout, /corpus +organisation +AMBER +CC-BY-4.0 +2 labels +speaks/);
  assert.equal((await run(['revoke-source', source?.id ?? '', '--reason', 'test'])).exit, 0);
  assert.match((await run(['sources'])).stdout, /revoked/);
});

test('hash lists, CSV and NSRL, make files known', async () => {
  writeFileSync(path('list.csv'), `sha256,product,version\n${hashOf('/usr/bin/dpkg')},coreutils,9.1\nnonsense,x,\n`);
  const csv = await run(['import', '--source', 'csv list', ...about, '--hashes', path('list.csv'), '--json']);
  assert.equal(csv.exit, 20, csv.stderr);
  assert.deepEqual(documentOf(csv), {
    rows: 2,
    added: 1,
    known: 0,
    tools: 0,
    bad: 1,
    problems: ['line 3: nonsense is no SHA-256'],
  });
  const database = new DatabaseSync(path('nsrl.db'));
  database.exec(`create table MFG (manufacturer_id integer, name text);
    create table PKG (package_id integer, name text, version text, manufacturer_id integer, application_type text);
    create table FILE (sha256 text, sha1 text, md5 text, file_name text, file_size integer, package_id integer);
    insert into MFG values (7, 'GNU'); insert into PKG values (1, 'tools', '1.0', 7, 'Operating System'), (1, 'werkzeug', '1.0', 7, 'x');
    insert into PKG values (2, 'cracker', '', null, 'Hacker Tool');
    insert into FILE values ('${hashOf('/usr/bin/dpkg').toUpperCase()}', '', '', 'dpkg', 1, 1), ('${'1'.repeat(64)}', '', '', 'x', 1, 2);
    insert into FILE values ('${'2'.repeat(64)}', '', '', 'y', 1, 99);`);
  database.close();
  const nsrl = await run(['import', '--source', 'NSRL', ...about, '--hashes', path('nsrl.db'), '--json']);
  const { problems, ...counts } = documentOf(nsrl) as { readonly problems: readonly string[] };
  assert.deepEqual(counts, { rows: 3, added: 2, known: 0, tools: 1, bad: 1 });
  assert.deepEqual(problems, ['row 3: its package is not in the list']);
  assert.equal(await verdictOf(readFileSync('/usr/bin/dpkg')), 'unknown', 'known is not trusted');
  const known = await client.call('getArtifact', { params: { sha256: hashOf('/usr/bin/dpkg'), layout: 'file' } });
  assert.deepEqual(known.knownAs, [
    { name: 'coreutils', version: '9.1', manufacturer: '', source: 'csv list' },
    { name: 'tools', version: '1.0', manufacturer: 'GNU', source: 'NSRL' },
  ]);
});

/** What a disassembler keeps of a program, by objdump: every instruction with its bytes, as one function. */
function reportOf(program: string): unknown {
  const text = execFileSync('objdump', ['-d', '-j', '.text', '--insn-width=15', program], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const instructions = text.split('\n').flatMap((line) => {
    const found = /^\s+([0-9a-f]+):\t([0-9a-f ]+?)\s*\t/.exec(line);
    return found === null ? [] : [[Number.parseInt(found[1] ?? '', 16), (found[2] ?? '').replaceAll(' ', ''), '', '']];
  });
  const metadata = { family: 'reported', is_library: false };
  return { sha256: hashOf(program), metadata, xcfg: { '0': { offset: 0, blocks: { '0': instructions } } } };
}

test('the code of a disassembly report is known again in the program', async () => {
  writeFileSync(path('report.smda'), JSON.stringify(reportOf('/bin/ls')));
  writeFileSync(path('broken.smda'), '{"xcfg":');
  writeFileSync(path('huge.smda'), '');
  truncateSync(path('huge.smda'), 600 * 2 ** 20);
  const files = [path('report.smda'), path('broken.smda'), path('huge.smda')];
  const args = ['import', '--source', 'reports', ...about, '--type', 'malware', '--smda', ...files, '--json'];
  const done = await run(args);
  assert.equal(done.exit, 20, done.stderr);
  const { problems, ...counts } = documentOf(done) as { readonly problems: readonly string[] };
  assert.deepEqual(counts, { samples: 1, added: 1, known: 0 });
  assert.match(
    problems.join(),
    /broken\.smda: it is no JSON.*huge\.smda: it is no export of MCRIT; a larger report than 480 MiB/,
  );
  assert.equal(await verdictOf(readFileSync('/bin/ls')), 'malicious');
});

/** A Windows program that names a product, or none. */
function program(name: string, product: string | null): void {
  const compile = (tool: string, args: readonly string[]) =>
    execFileSync(`x86_64-w64-mingw32-${tool}`, args, { cwd: folder, stdio: 'pipe' });
  const version = `1 VERSIONINFO\nBEGIN\nBLOCK "StringFileInfo" BEGIN BLOCK "040904b0" BEGIN\n
    VALUE "ProductName", "${product}"\nVALUE "FileVersion", "1.2"\nVALUE "CompanyName", "Works"\nEND END\nEND\n`;
  const code = `int ${name}(int a) { for (int i = 0; i < 9; i++) a = a * 33 + i; return a; } int main(int c, char **v) { return ${name}(c); }`;
  writeFileSync(path(`${name}.c`), code);
  writeFileSync(path(`${name}.rc`), version);
  if (product !== null) compile('windres', [`${name}.rc`, `${name}.o`]);
  mkdirSync(path('image/Windows/System32'), { recursive: true });
  const parts = [`${name}.c`, ...(product === null ? [] : [`${name}.o`])];
  compile('gcc', ['-s', '-O1', '-o', `image/Windows/System32/${name}.exe`, ...parts]);
}

/** A catalog that nobody signed, of one member whose digest is 32 times 01. */
const CATALOG = Buffer.from(
  'MIQAAACSBgkqhkiG9w0BBwKghAAAAIEwfwIBATEAMHYGCSsGAQQBgjcKAaBpMGcwDAYKKwYBBAGCNwwBAQQQMDEyMzQ1Njc4OWFiY2RlZhcNMjUwMTAxMDAwMDAwWjAOBgorBgEEAYI3DAEDBQAwJjAkBCABAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBATEAMQA=',
  'base64',
);

function signedCatalog(): void {
  const tool = (name: string, ...args: readonly string[]) => execFileSync(name, args, { cwd: folder, stdio: 'pipe' });
  writeFileSync(path('image/Windows/unsigned.cat'), CATALOG);
  tool(
    'openssl',
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    'key.pem',
    '-out',
    'cert.pem',
    '-subj',
    '/CN=Example Publisher',
    '-addext',
    'extendedKeyUsage=codeSigning',
  );
  tool(
    'osslsigncode',
    'sign',
    '-certs',
    'cert.pem',
    '-key',
    'key.pem',
    '-in',
    'image/Windows/unsigned.cat',
    '-out',
    'image/Windows/update.cat',
  );
}

test('the programs on images of Windows are known by their products; what cannot be read is told', async () => {
  program('first', 'Example Suite(R)');
  program('second', null);
  copyFileSync('/bin/true', path('image/elf'));
  writeFileSync(path('image/update'), Buffer.from('xxxxPA31 a difference'));
  signedCatalog();
  execFileSync('wimlib-imagex', ['capture', 'image', 'install.wim', '--no-acls'], { cwd: folder, stdio: 'pipe' });
  mkdirSync(path('disc/sources'), { recursive: true });
  copyFileSync(path('install.wim'), path('disc/sources/install.wim'));
  execFileSync('genisoimage', ['-quiet', '-R', '-o', 'windows.iso', 'disc'], { cwd: folder, stdio: 'pipe' });
  writeFileSync(path('cut.wim'), readFileSync(path('install.wim')).subarray(0, 3_000));
  const args = ['build', '--source', 'Windows media', ...about, '--image', path('windows.iso'), '--json'];
  const first = await run([...args.slice(0, -1), path('cut.wim'), '--json']);
  assert.equal(first.exit, 20, first.stderr);
  const { problems, ...counts } = documentOf(first) as { readonly problems: readonly string[] };
  assert.deepEqual(counts, {
    files: 2,
    added: 2,
    known: 0,
    unnamed: 1,
    skipped: 1,
    deltas: 1,
    catalogs: 1,
    knownCatalogs: 0,
  });
  assert.deepEqual(
    problems.map((one) =>
      one
        .replace(folder, '')
        .replace(/whole: .*/, 'whole')
        .replace(/^.*(unsigned.cat: ).*: /, '$1'),
    ),
    [
      'unsigned.cat: It does not have exactly one signer',
      '/cut.wim could not be read whole',
      '1 files are stored as differences to another version; their code stays unknown',
    ],
  );
  const { items } = await client.call('listFamilies', {});
  const named = items.filter(({ name }) => ['Example Suite', 'Windows media'].includes(name));
  assert.deepEqual(
    named.map(({ type, samples }) => [type, samples]),
    [
      ['application', 1],
      ['application', 1],
    ],
  );
  assert.equal(await verdictOf(readFileSync(path('image/Windows/System32/first.exe'))), 'trusted');
  const again = documentOf(await run(args)) as Readonly<Record<string, unknown>>;
  assert.deepEqual([again['added'], again['known']], [0, 2]);
  const other = await run([...args, '--sha256', '0'.repeat(64)]);
  assert.deepEqual([other.exit, /another image/.test(other.stderr)], [1, true], other.stderr);
});

test('the unknown software of a golden machine becomes trusted, and stays revocable', async () => {
  const image = readFileSync('/usr/bin/xz');
  const scan = writeOfflineScan(path('scans'), 'scan_golden_1', image);
  const coverage = {
    ...{ version: 1, complete: true, privileges: { user: 'root', held: [], missing: [] }, problems: [] },
    processes: [{ pid: 10, read: true, checks: [] }],
  };
  writeFileSync(join(scan, 'coverage_info.json'), JSON.stringify({ coverage_info: coverage }));
  const sent = await genehound(server.data, ['upload', path('scans'), '--wait', '--json']);
  assert.equal(sent.exit, 0, sent.stderr);
  const { scans } = documentOf(sent) as { scans: { analysisId: string }[] };
  const args = ['import', '--source', 'Golden image 7', ...about, '--scan', scans[0]?.analysisId ?? '', '--json'];
  const done = await run(args);
  assert.equal(done.exit, 0, done.stderr);
  assert.deepEqual(documentOf(done), { trusted: 1, leftOut: 0, problems: [] });
  const decisions = await genehound(server.data, ['decision', 'list', '--json']);
  assert.match(decisions.stdout, /Golden machine: Golden image 7; CC-BY-4.0; TLP:AMBER; Example CERT/);
  assert.equal(await verdictOf(image), 'trusted');
  const again = await run(args);
  assert.equal(again.exit, 1);
  assert.match(again.stderr, /nothing to acquit/);
});

test('wrong command lines say what is right', async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['import', '--source', 'x', ...about], /Name one of/],
    [['import', '--source', 'x', ...about, '--samples', folder], /belong together/],
    [['import', '--source', 'x', ...about, '--scope', 'global', '--scan', 'y'], /organisation only/],
    [['build', '--source', 'x', ...about, '--image', 'a', 'b', '--sha256', '0'.repeat(64)], /of one image/],
    [['import', '--source', 'x', '--licence', 'y', '--samples', folder], /--tlp/],
    [['import', '--source', 'x', ...about, '--samples', folder, '--labels', path('list.csv')], /columns/],
  ];
  for (const [args, message] of cases) {
    const ended = await run(args);
    assert.deepEqual([ended.exit, message.test(ended.stderr)], [2, true], ended.stderr);
  }
});
