import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Client } from '@genehound/contract';
import { createApt } from '../debian/apt.ts';
import type { InstalledPackage } from '../debian/dpkg-database.ts';
import { nativeArchitecture } from '../debian/named-packages.ts';
import { createFamilyChooser } from './choose-family.ts';
import { indexDebianPackages } from './index-debian.ts';
import { openPackageRecord } from './package-record.ts';

/** A real apt over an archive on disk; only the server is a stand-in that keeps what it is sent. */

let directory = '';
let native = '';
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function buildPackage(name: string, version: string): { file: string; bytes: Uint8Array } {
  const tree = join(directory, 'trees', `${name}-${version}`);
  mkdirSync(join(tree, 'DEBIAN'), { recursive: true });
  mkdirSync(join(tree, 'usr', 'lib'), { recursive: true });
  writeFileSync(
    join(tree, 'DEBIAN', 'control'),
    `Package: ${name}\nVersion: ${version}\nArchitecture: ${native}\nMaintainer: t <t@example.org>\nDescription: t\n`,
  );
  copyFileSync('/bin/true', join(tree, 'usr', 'lib', `${name}.so`));
  execFileSync('sh', ['-c', `printf ${name}${version} >> ${join(tree, 'usr', 'lib', `${name}.so`)}`]);
  const file = `pool/${name}_${version}_${native}.deb`;
  const path = join(directory, 'archive', file);
  execFileSync('dpkg-deb', ['-Zgzip', '--root-owner-group', '--build', tree, path], { stdio: 'ignore' });
  return { file, bytes: readFileSync(path) };
}

function writeIndex(packages: readonly (readonly [string, string])[]): void {
  const stanzas = packages.map(([name, version]) => {
    const { file, bytes } = buildPackage(name, version);
    return `Package: ${name}\nVersion: ${version}\nArchitecture: ${native}\nMaintainer: t <t@example.org>\nSection: libs\nFilename: ${file}\nSize: ${bytes.length}\nSHA256: ${sha256(bytes)}\nDescription: t\n`;
  });
  const index = `main/binary-${native}/Packages`;
  const text = stanzas.join('\n');
  const place = join(directory, 'archive', 'dists', 'test');
  mkdirSync(join(place, `main/binary-${native}`), { recursive: true });
  writeFileSync(join(place, index), text);
  writeFileSync(
    join(place, 'Release'),
    `Origin: Debian\nLabel: Debian\nSuite: test\nCodename: test\nDate: ${new Date().toUTCString()}\nArchitectures: ${native}\nComponents: main\nSHA256:\n ${sha256(Buffer.from(text))} ${text.length} ${index}\n`,
  );
}

before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'genehound-test-apt-'));
  native = await nativeArchitecture();
  execFileSync('chmod', ['755', directory]);
  mkdirSync(join(directory, 'archive', 'pool'), { recursive: true });
  writeIndex([
    ['gh-first', '1.0'],
    ['gh-second', '2.0'],
    ['gh-damaged', '1.0'],
  ]);
  writeFileSync(join(directory, 'archive', 'pool', `gh-damaged_1.0_${native}.deb`), 'not what the index says');
  writeFileSync(join(directory, 'sources.list'), `deb [trusted=yes] file:${join(directory, 'archive')} test main\n`);
  writeFileSync(
    join(directory, 'apt.conf'),
    `Dir::Etc::sourcelist "${join(directory, 'sources.list')}";\nDir::Etc::sourceparts "/nonexistent";\nDir::State::lists "${join(directory, 'no-lists')}";\n`,
  );
  mkdirSync(join(directory, 'no-lists', 'partial'), { recursive: true });
});
after(() => rmSync(directory, { recursive: true, force: true }));

interface Kept {
  readonly client: Client;
  readonly samples: { readonly family: string; readonly source: string; readonly sha256: string }[];
}

function keepingClient(): Kept {
  const samples: Kept['samples'] = [];
  const call = async (
    name: string,
    input: { query?: { family: string; source: string }; body?: unknown },
  ): Promise<unknown> => {
    if (name === 'listFamilies') return { items: [] };
    if (name === 'findKnownSamples') {
      const body = input.body as { family: string; sha256: string[] };
      return {
        known: body.sha256.filter((hash) => samples.some((one) => one.sha256 === hash && one.family === body.family)),
      };
    }
    assert.equal(name, 'addSample');
    const hash = sha256(input.body as Uint8Array);
    samples.push({ family: input.query?.family ?? '', source: input.query?.source ?? '', sha256: hash });
    return { known: false };
  };
  return { client: { call: call as Client['call'] }, samples };
}

const installed = (name: string, version: string): InstalledPackage => ({
  name,
  version,
  architecture: native,
  source: name,
  section: 'libs',
});

async function index(
  kept: Kept,
  wanted: readonly InstalledPackage[],
  environment: Readonly<Record<string, string>> = {},
) {
  const env = {
    PATH: process.env['PATH'] ?? '',
    LC_ALL: 'C.UTF-8',
    APT_CONFIG: join(directory, 'apt.conf'),
    ...environment,
  };
  return await indexDebianPackages(
    {
      client: kept.client,
      apt: createApt(mkdtempSync(join(directory, 'private-')), env),
      record: await openPackageRecord(join(directory, 'packages.json')),
      families: await createFamilyChooser(kept.client),
      native,
      onProgress: () => undefined,
    },
    wanted,
  );
}

test('labels what the archive has, names what it lacks, and asks only once', async () => {
  const kept = keepingClient();
  const wanted = [
    installed('gh-first', '1.0'),
    installed('gh-second', '1.9'),
    installed('gh-damaged', '1.0'),
    installed('gh-absent', '3'),
  ];
  const done = await index(kept, wanted);
  assert.deepEqual(kept.samples.map((one) => [one.family, one.source]).sort(), [
    ['gh-first', 'debian:gh-first 1.0'],
    ['gh-second', 'debian:gh-second 2.0'],
  ]);
  assert.deepEqual(done.otherVersions, [{ package: 'gh-second', installed: '1.9', taken: '2.0' }]);
  assert.equal(done.lacking.length, 2);
  assert.match(done.lacking.join('\n'), /gh-damaged=1\.0 could not be downloaded/);
  assert.match(done.lacking.join('\n'), /gh-absent 3 is in no archive of the distribution/);

  const again = await index(kept, wanted.slice(0, 2));
  assert.equal(again.samplesAdded, 0);
  assert.equal(again.samplesKnown, 2);
  assert.equal(kept.samples.length, 2, 'nothing is sent twice');

  const elsewhere = keepingClient();
  assert.equal(
    (await index(elsewhere, wanted.slice(0, 2))).samplesAdded,
    2,
    'a server that lost its labels gets them again',
  );
});

test('lists that are there and a mirror that is gone: every package that stays unknown is named', async () => {
  const kept = keepingClient();
  const wanted = [installed('gh-first', '1.0'), installed('gh-second', '2.0')];
  const lists = mkdtempSync(join(directory, 'lists-'));
  mkdirSync(join(lists, 'partial'));
  const path = join(directory, 'gone.conf');
  writeFileSync(path, readFileSync(join(directory, 'apt.conf'), 'utf8').replace(join(directory, 'no-lists'), lists));
  execFileSync('apt-get', ['-q', 'update'], { stdio: 'ignore', env: { ...process.env, APT_CONFIG: path } });
  renameSync(join(directory, 'archive'), join(directory, 'archive-gone'));
  try {
    rmSync(join(directory, 'packages.json'), { force: true });
    const done = await index(kept, wanted, { APT_CONFIG: path });
    assert.equal(done.samplesAdded, 0);
    assert.match(done.lacking.join('\n'), /gh-first=1\.0 could not be downloaded/);
    assert.match(done.lacking.join('\n'), /gh-second=2\.0 could not be downloaded/);
  } finally {
    renameSync(join(directory, 'archive-gone'), join(directory, 'archive'));
  }
});

test('without a mirror it says so and goes on', async () => {
  const path = join(directory, 'offline.conf');
  writeFileSync(join(directory, 'offline.list'), `deb [trusted=yes] http://127.0.0.1:9/debian test main\n`);
  writeFileSync(path, readFileSync(join(directory, 'apt.conf'), 'utf8').replace('sources.list', 'offline.list'));
  const done = await index(keepingClient(), [installed('gh-first', '1.0')], { APT_CONFIG: path });
  assert.equal(done.samplesAdded, 0);
  assert.match(done.lacking.join('\n'), /gh-first 1\.0 is in no archive|package lists could not be fetched/);
});
