import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { ArchiveError } from './archive-error.ts';
import type { Limits } from './byte-stream.ts';
import { imagesIn } from './images-in.ts';
import type { PackageFacts } from './package-facts.ts';
import { testTar } from './tar.test-helper.ts';

let folder = '';
const at = (name: string): string => join(folder, name);
const TRUE = readFileSync('/bin/true');
const FALSE = readFileSync('/bin/false');
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 8);
const HASHES = [hashOf(TRUE), hashOf(FALSE)].sort();

interface Found {
  readonly images: readonly { path: string; hash: string; package: PackageFacts | null }[];
  readonly problems: readonly string[];
  readonly others: number;
}

async function look(path: string, limits?: Limits): Promise<Found> {
  const images = [];
  const problems: string[] = [];
  let others = 0;
  const options = {
    largest: 10_000_000,
    onOther: () => {
      others += 1;
    },
    onProblem: (sentence: string) => void problems.push(sentence),
    ...(limits === undefined ? {} : { limits }),
  };
  for await (const image of imagesIn(path, options))
    images.push({ path: image.path, hash: hashOf(image.bytes), package: image.package });
  return { images, problems, others };
}

const run = (command: string, args: readonly string[], cwd = folder): void => {
  execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
};

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'genehound-test-archives-'));
  mkdirSync(at('in/usr/bin'), { recursive: true });
  copyFileSync('/bin/true', at('in/usr/bin/true'));
  copyFileSync('/bin/false', at('in/false'));
  writeFileSync(at('in/words'), 'no image');
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe('images in archives', { timeout: 120_000 }, () => {
  const tar = (...more: readonly string[]) => run('tar', ['-C', 'in', ...more, '.']);
  const seven = (type: string, name: string) => run('7zz', ['a', '-bd', `-t${type}`, at(name), '.'], at('in'));
  const MADE: Readonly<Record<string, () => void>> = {
    'a.tar': () => tar('-cf', 'a.tar'),
    'a.tar.gz': () => tar('-czf', 'a.tar.gz'),
    'a.tar.xz': () => tar('-cJf', 'a.tar.xz'),
    'a.tar.bz2': () => tar('-cjf', 'a.tar.bz2'),
    'a.tar.zst': () => tar('--zstd', '-cf', 'a.tar.zst'),
    'a.cpio': () => run('sh', ['-c', 'cd in && find . | cpio -o -H newc --quiet > ../a.cpio']),
    'a.zip': () => seven('zip', 'a.zip'),
    'a.7z': () => seven('7z', 'a.7z'),
    'a.wim': () => run('wimlib-imagex', ['capture', 'in', 'a.wim', '--no-acls']),
    'a.iso': () => run('genisoimage', ['-quiet', '-R', '-J', '-o', 'a.iso', 'in']),
    'a.cab': () => run('gcab', ['-c', '-z', '../a.cab', 'usr/bin/true', 'false', 'words'], at('in')),
    'a.msu': () => run('gcab', ['-c', 'a.msu', 'a.cab']),
    'a.vhdx': () => run('qemu-img', ['convert', '-O', 'vhdx', 'a.iso', 'a.vhdx']),
  };
  for (const [name, make] of Object.entries(MADE)) {
    it(`reads ${name}`, async () => {
      make();
      const { images, problems, others } = await look(at(name));
      assert.deepEqual(images.map(({ hash }) => hash).sort(), HASHES);
      assert.ok(
        images.some(({ path }) => /usr[/\\]bin[/\\]true$/i.test(path)),
        JSON.stringify(images),
      );
      assert.deepEqual([problems, others], [[], 1]);
    });
  }

  it('reads archives in archives, and a damaged one costs itself alone', async () => {
    const damaged = readFileSync(at('a.zip')).fill(0x55, 200, 400);
    const inner = [
      { name: 'one.tar.xz', body: readFileSync(at('a.tar.xz')) },
      { name: 'cut.tar.gz', body: readFileSync(at('a.tar.gz')).subarray(0, 9_000) },
      { name: 'damaged.zip', body: damaged },
      { name: 'two.7z', body: readFileSync(at('a.7z')) },
      { name: 'last', body: TRUE },
    ];
    writeFileSync(at('nested.tar.gz'), gzipSync(testTar(inner)));
    const { images, problems } = await look(at('nested.tar.gz'));
    const paths = images.map(({ path }) => path);
    for (const path of ['one.tar.xz > usr/bin/true', 'two.7z > usr/bin/true', 'last'])
      assert.ok(
        paths.some((one) => one.replace('./', '') === path),
        `${path} in ${paths}`,
      );
    assert.equal(problems.filter((one) => one.includes('cut.tar.gz')).length, 1, problems.join('\n'));
    assert.ok(
      problems.every((one) => /cut\.tar\.gz|damaged\.zip/.test(one)),
      problems.join('\n'),
    );
    assert.ok(
      problems.some((one) => /damaged\.zip.*damaged|damaged\.zip.*not/.test(one)),
      problems.join('\n'),
    );
  });

  it('keeps to its limits: bytes, entries, archives within archives; links and paths lead nowhere', async () => {
    writeFileSync(at('bomb.gz'), gzipSync(testTar([{ name: 'zeros', body: new Uint8Array(2_000_000) }])));
    await assert.rejects(look(at('bomb.gz'), { entries: 10, bytes: 1_000_000 }), /larger than 1000000 bytes/);
    const many = Array.from({ length: 20 }, (_, i) => ({ name: String(i), body: TRUE }));
    writeFileSync(at('many.tar'), testTar(many));
    await assert.rejects(look(at('many.tar'), { entries: 10, bytes: 10_000_000 }), /more than 10 entries/);
    let deep = testTar([{ name: 'image', body: TRUE }]);
    for (let i = 0; i < 12; i += 1) deep = testTar([{ name: 'deeper', body: deep }]);
    writeFileSync(at('deep.tar'), deep);
    const { images, problems } = await look(at('deep.tar'));
    assert.deepEqual([images.length, problems.length], [0, 1]);
    assert.match(problems[0] ?? '', /more than 8 archives/);
    writeFileSync(
      at('paths.tar'),
      testTar([
        { name: '../../../../tmp/genehound-escaped', body: TRUE },
        { name: 'link', type: '2' },
      ]),
    );
    assert.equal((await look(at('paths.tar'))).images.length, 1);
    assert.ok(!existsSync('/tmp/genehound-escaped'));
    assert.deepEqual(
      readdirSync(tmpdir()).filter((name) => name.startsWith('genehound-archive-')),
      [],
    );
  });

  it('opens streams within streams only so deep, and entries after one that is nowhere', async () => {
    let stream: Uint8Array = testTar([{ name: 'true', body: TRUE }]);
    for (let i = 0; i < 500; i++) stream = gzipSync(stream);
    writeFileSync(at('streams.gz'), stream);
    await assert.rejects(look(at('streams.gz')), /packed more than 16 times/);
    const zip = readFileSync(at('a.zip'));
    const places: number[] = [];
    for (let place = zip.indexOf('PK\x01\x02'); place >= 0; place = zip.indexOf('PK\x01\x02', place + 1))
      if (zip.readUInt32LE(place + 24) > 0) places.push(place);
    for (const broken of places) {
      const bytes = Buffer.from(zip);
      bytes.writeUInt32LE(0x7fff_ffff, broken + 42);
      writeFileSync(at('nowhere.zip'), bytes);
      const { images, problems, others } = await look(at('nowhere.zip'));
      assert.equal(images.length + others, places.length - 1);
      assert.match(problems.join(), /not where its directory says/);
    }
  });

  it('tells of some of many bad entries, and counts the others', async () => {
    const bad = Array.from({ length: 1_200 }, (_, i) => ({
      name: `${i}${'x'.repeat(90)}`,
      body: Buffer.from('PK\x03\x04'),
    }));
    let tar = testTar(bad);
    for (let i = 0; i < 5; i++) tar = testTar([{ name: 'y'.repeat(95), body: tar }]);
    writeFileSync(at('bad.tar'), tar);
    const { problems } = await look(at('bad.tar'));
    assert.equal(problems.length, 1_001);
    assert.match(problems.at(-1) ?? '', /^bad\.tar: 200 more entries could not be read$/);
    assert.ok(problems.every((one) => one.length < 500));
  });

  it('says what it cannot read', async () => {
    writeFileSync(at('text'), 'no archive');
    await assert.rejects(look(at('text')), /no archive that can be read/);
    run('7zz', ['a', '-bd', '-psecret', '-mhe=on', at('secret.7z'), at('in')]);
    await assert.rejects(look(at('secret.7z')), /encrypted/i);
    run('7zz', ['a', '-bd', '-tzip', '-psecret', at('secret.zip'), at('in')]);
    const { problems } = await look(at('secret.zip'));
    assert.ok(problems.length === 3 && problems.every((one) => one.endsWith('it is encrypted')), problems.join('\n'));
    writeFileSync(at('cut.7z'), readFileSync(at('a.7z')).subarray(0, 5_000));
    await assert.rejects(look(at('cut.7z')), ArchiveError);
  });
});

describe('packages', { timeout: 120_000 }, () => {
  it('reads a Debian package with what it says of itself', async () => {
    mkdirSync(at('deb/DEBIAN'), { recursive: true });
    mkdirSync(at('deb/usr/bin'), { recursive: true });
    const control = [
      'Package: hello',
      'Source: greetings (1.0)',
      'Version: 1.0-1',
      'Architecture: amd64',
      'Section: libs',
    ];
    writeFileSync(
      at('deb/DEBIAN/control'),
      [...control, 'Maintainer: A <a@example.org>', 'Description: x', ''].join('\n'),
    );
    copyFileSync('/bin/true', at('deb/usr/bin/hello'));
    run('dpkg-deb', ['--root-owner-group', '-Zxz', '-b', 'deb', 'hello.deb']);
    const { images, problems } = await look(at('hello.deb'));
    const facts = {
      system: 'deb',
      name: 'hello',
      version: '1.0-1',
      source: 'greetings',
      section: 'libs',
      architecture: 'amd64',
    };
    assert.deepEqual(images, [{ path: 'data.tar.xz > usr/bin/hello', hash: hashOf(TRUE), package: facts }]);
    assert.deepEqual(problems, []);
  });

  it('reads an RPM package, however its files are packed', async () => {
    const spec = `Name: hello-libs\nVersion: 1.0\nRelease: 2\nSummary: x\nLicense: MIT\nGroup: System Environment/Libraries
%global debug_package %{nil}\n%global __strip /bin/true\n%description\nx\n%install\nmkdir -p %{buildroot}/usr/bin\ncp /bin/true %{buildroot}/usr/bin/hello\n%files\n/usr/bin/hello\n`;
    writeFileSync(at('hello.spec'), spec);
    for (const payload of ['w9.gzdio', 'w2.xzdio', 'w2.lzdio', 'w3.zstdio', 'w9.bzdio']) {
      run('rpmbuild', [
        '-bb',
        '--quiet',
        '--define',
        `_topdir ${at(payload)}`,
        '--define',
        `_binary_payload ${payload}`,
        'hello.spec',
      ]);
      const [name = ''] = readdirSync(at(`${payload}/RPMS`), { recursive: true, encoding: 'utf8' }).filter((one) =>
        one.endsWith('.rpm'),
      );
      const { images, problems } = await look(at(`${payload}/RPMS/${name}`));
      assert.deepEqual([images.length, problems], [1, []], payload);
      const [image] = images;
      assert.deepEqual([image?.path, image?.hash], ['usr/bin/hello', hashOf(TRUE)]);
      const { architecture, ...facts } = image?.package ?? { architecture: '' };
      assert.deepEqual(facts, {
        system: 'rpm',
        name: 'hello-libs',
        version: '1.0-2',
        source: 'hello-libs',
        section: 'libs',
      });
      assert.ok(architecture.length > 0);
    }
  });

  it('reads an Alpine package: three compressed archives, one after another', async () => {
    const info = Buffer.from('# made by a test\npkgname = hello\npkgver = 1.0-r0\norigin = greetings\narch = x86_64\n');
    const parts = [
      testTar([{ name: '.SIGN.RSA.key', body: Buffer.from('signature') }], false),
      testTar([{ name: '.PKGINFO', body: info }], false),
      testTar([
        { name: 'usr/bin/hello', body: TRUE },
        { name: 'words', body: Buffer.from('x') },
      ]),
    ];
    writeFileSync(at('hello.apk'), Buffer.concat(parts.map((part) => gzipSync(part))));
    const { images, problems } = await look(at('hello.apk'));
    const facts = {
      system: 'apk',
      name: 'hello',
      version: '1.0-r0',
      source: 'greetings',
      section: '',
      architecture: 'x86_64',
    };
    assert.deepEqual(images, [{ path: 'usr/bin/hello', hash: hashOf(TRUE), package: facts }]);
    assert.deepEqual(problems, []);
  });
});

describe('hostile archives', { timeout: 300_000 }, () => {
  it('property: changed and cut archives end with images or an ArchiveError, never otherwise', async () => {
    const small = TRUE.subarray(0, 3_000);
    mkdirSync(at('small'), { recursive: true });
    writeFileSync(at('small/image'), small);
    writeFileSync(at('small/words'), 'words');
    run('sh', ['-c', 'cd small && find . | cpio -o -H newc --quiet > ../small.cpio']);
    run('7zz', ['a', '-bd', '-tzip', at('small.zip'), '.'], at('small'));
    const rpm = readdirSync(at('w9.gzdio/RPMS'), { recursive: true, encoding: 'utf8' }).filter((one) =>
      one.endsWith('.rpm'),
    );
    const seeds = [
      readFileSync(at('small.cpio')),
      readFileSync(at('small.zip')),
      Buffer.from(testTar([{ name: 'image', body: small }])),
      readFileSync(at('hello.deb')).subarray(0, 2_000),
      readFileSync(at(`w9.gzdio/RPMS/${rpm[0]}`)).subarray(0, 6_000),
    ];
    const change = fc.tuple(fc.nat(), fc.constantFrom(0, 1, 0x30, 0x7f, 0x80, 0xff));
    const limits = { entries: 1_000, bytes: 10_000_000 };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...seeds),
        fc.array(change, { maxLength: 6 }),
        fc.option(fc.nat(), { freq: 4 }),
        async (seed, changes, cut) => {
          const bytes = Buffer.from(seed);
          for (const [place, value] of changes) bytes[place % bytes.length] = value;
          writeFileSync(at('fuzzed'), cut === null ? bytes : bytes.subarray(0, cut % bytes.length));
          await look(at('fuzzed'), limits).catch((error: unknown) => {
            if (!(error instanceof ArchiveError)) throw error;
          });
        },
      ),
      { numRuns: 300 },
    );
  });
});

it('a whole file of any other kind is no archive', async () => {
  writeFileSync(at('image'), FALSE);
  await assert.rejects(look(at('image')), ArchiveError);
});
