import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { BlobWriter, TextReader, ZipWriter } from '@zip.js/zip.js';
import fc from 'fast-check';
import { sourcesOf } from './archives.ts';
import { offlineScans } from './offline-files.ts';
import { tarEntries } from './tar.ts';

const run = promisify(execFile);
const HASH = 'ab'.repeat(32);
const FOLDER = `a-rather-long-name-of-a-directory/${'deep/'.repeat(12)}scan_1`;
const FILES: Readonly<Record<string, string>> = {
  [`${FOLDER}/scanner_info.json`]: '{"scanner_info":{}}',
  [`${FOLDER}/host_info.json`]: '{}',
  [`${FOLDER}/files/${HASH}.sample`]: 'MZ',
  [`${FOLDER}/notes.txt`]: 'not of the scan',
};

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genehound-archives-'));
  await mkdir(join(folder, FOLDER, 'files'), { recursive: true });
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(folder, name), text);
});
after(() => rm(folder, { recursive: true, force: true }));

const picked = (name: string, bytes: Uint8Array<ArrayBuffer> | Blob) => ({ path: name, file: new File([bytes], name) });

async function assertWhole(name: string, bytes: Uint8Array<ArrayBuffer> | Blob): Promise<void> {
  const sources = await sourcesOf([picked(name, bytes)]);
  const [scan, ...more] = offlineScans(sources);
  assert.deepEqual([sources.length, more.length, scan?.messages.length], [3, 0, 1], name);
  assert.equal(await (await scan?.sample('file', HASH)?.read())?.text(), 'MZ', name);
  assert.equal(await (await scan?.scannerInfo.read())?.text(), '{"scanner_info":{}}', name);
}

describe('offline scans in archives', () => {
  it('are read from what tar makes, in each of its formats, packed or not', async () => {
    for (const format of ['gnu', 'ustar', 'pax']) {
      for (const [ending, flag] of [
        ['tar', '-cf'],
        ['tar.gz', '-czf'],
        ['tgz', '-czf'],
      ] as const) {
        const name = `${format}.${ending}`;
        await run('tar', [flag, name, `--format=${format}`, FOLDER.split('/')[0] ?? ''], { cwd: folder });
        await assertWhole(name, new Uint8Array(await readFile(join(folder, name))));
      }
    }
  });

  it('are read from a ZIP', async () => {
    const writer = new ZipWriter(new BlobWriter(), { useWebWorkers: false });
    for (const [name, text] of Object.entries(FILES)) await writer.add(name, new TextReader(text));
    await assertWhole('scan.zip', await writer.close());
  });

  it('are refused with a sentence where an archive is damaged, and other files are taken as they are', async () => {
    const noise = new Uint8Array(2_048).fill(7);
    for (const name of ['a.zip', 'a.tar', 'a.tar.gz'])
      await assert.rejects(sourcesOf([picked(name, noise)]), new RegExp(`^RangeError: ${name}: .`), name);
    const [one] = await sourcesOf([picked('dir/host_info.json', noise)]);
    assert.deepEqual([one?.path, (await one?.read())?.size], ['dir/host_info.json', 2_048]);
  });

  it('whatever the bytes, the reading of a tar archive ends and names only what lies in it', async () => {
    const bytes = new Uint8Array(await readFile(join(folder, 'gnu.tar')));
    const spoilt = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(spoilt, fc.nat(bytes.length), async (changes, end) => {
        const copy = bytes.slice(0, end);
        for (const [at, byte] of changes) if (at < copy.length) copy[at] = byte;
        const read = async (at: number, size: number) => copy.subarray(at, at + size);
        const entries = await tarEntries(read, 100).catch((error: unknown) => {
          assert.ok(error instanceof RangeError);
          return [];
        });
        for (const { at, size } of entries) assert.ok(at <= copy.length && size >= 0);
      }),
    );
    await assert.rejects(
      tarEntries(async (at, size) => bytes.subarray(at, at + size), 2),
      /more than 2/,
    );
  });
});
