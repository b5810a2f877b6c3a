import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ArchiveError } from './archive-error.ts';
import { readDebianPackage } from './deb.ts';
import { isElf } from './elf-magic.ts';
import { integrityOf, readNpmTarball } from './npm-tarball.ts';
import { testTar } from './tar.test-helper.ts';
import type { TarFile, TarHeader } from './tar.ts';

let directory = '';
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'genehound-test-deb-'));
});
after(() => rmSync(directory, { recursive: true, force: true }));

/** A real package made by dpkg-deb itself. */
function build(name: string, compression: string, bulk: number): string {
  const tree = join(directory, `tree-${name}`);
  mkdirSync(join(tree, 'DEBIAN'), { recursive: true });
  mkdirSync(join(tree, 'usr', 'bin'), { recursive: true });
  mkdirSync(join(tree, 'usr', 'share'), { recursive: true });
  writeFileSync(
    join(tree, 'DEBIAN', 'control'),
    `Package: ${name}\nVersion: 1\nArchitecture: all\nMaintainer: t <t@example.org>\nDescription: t\n`,
  );
  copyFileSync('/bin/true', join(tree, 'usr', 'bin', 'tool'));
  writeFileSync(join(tree, 'usr', 'share', 'text'), 'x'.repeat(bulk));
  const path = join(directory, `${name}.deb`);
  execFileSync('dpkg-deb', [`-Z${compression}`, '--root-owner-group', '--build', tree, path], { stdio: 'ignore' });
  return path;
}

const onlyElf = (_header: TarHeader, head: Uint8Array): boolean => isElf(head);

async function collect(files: AsyncIterable<TarFile>): Promise<TarFile[]> {
  const found: TarFile[] = [];
  for await (const file of files) found.push(file);
  return found;
}

for (const compression of ['xz', 'zstd', 'gzip', 'none']) {
  test(`reads a package compressed by ${compression}`, async () => {
    const files = await collect(readDebianPackage(build(`tool-${compression}`, compression, 3_000_000), onlyElf));
    assert.deepEqual(
      files.map((file) => file.path),
      ['usr/bin/tool'],
    );
    assert.deepEqual(Buffer.from(files[0]?.bytes ?? []), readFileSync('/bin/true'));
  });
}

test('a damaged, cut or foreign file costs an ArchiveError', async () => {
  const bytes = readFileSync(build('whole', 'xz', 200_000));
  const cases = {
    cut: bytes.subarray(0, bytes.length - 3_000),
    foreign: Buffer.from('no package'),
    empty: Buffer.alloc(0),
  };
  for (const [name, content] of Object.entries(cases)) {
    const path = join(directory, `${name}.deb`);
    writeFileSync(path, content);
    await assert.rejects(collect(readDebianPackage(path, onlyElf)), ArchiveError, name);
  }
  await assert.rejects(collect(readDebianPackage(join(directory, 'absent.deb'), onlyElf)), ArchiveError);
});

test('whoever stops early leaves no dpkg-deb behind', async () => {
  const path = build('early', 'xz', 20_000_000);
  for await (const file of readDebianPackage(path, () => true)) {
    assert.ok(file.size > 0);
    break;
  }
  const running = execFileSync('sh', ['-c', 'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" "\\n"'], {
    encoding: 'latin1',
  });
  assert.ok(!running.includes(path));
});

test('reads an npm tarball, whose hash is checked over the whole file', async () => {
  const path = join(directory, 'package.tgz');
  writeFileSync(
    path,
    gzipSync(
      testTar([
        { name: 'package/build/x.node', body: readFileSync('/bin/true') },
        { name: 'package/README.md', body: Buffer.from('hi') },
      ]),
    ),
  );
  const files = await collect(readNpmTarball(path, onlyElf));
  assert.deepEqual(
    files.map((file) => file.path),
    ['package/build/x.node'],
  );
  assert.match(await integrityOf(path), /^sha512-[A-Za-z0-9+/]{86}==$/);
  writeFileSync(path, readFileSync(path).subarray(0, 5_000));
  await assert.rejects(collect(readNpmTarball(path, onlyElf)), ArchiveError);
});
