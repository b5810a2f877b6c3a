import { constants, type Dirent } from 'node:fs';
import { chmod, copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createFileStore, syncPath } from '@genehound/intake';
import type pg from 'pg';

/** Of the data directory: what is copied by other means, is derived, or belongs to a running program. */
const LEFT_OUT = new Set(['blobs', 'index', 'packs', 'postings', 'postgres', 'spool', 'run']);

/** A link could lead anywhere, and left out in silence it would be missed when it is too late. */
function refuseLink(directory: string, entry: Dirent): void {
  if (entry.isSymbolicLink())
    throw new Error(`${join(directory, entry.name)} is a link; put what it leads to in its place.`);
}

/** Copies the files below a directory with their names, each flushed. Answers how many. Throws where one is a link. */
async function copyTree(from: string, to: string): Promise<number> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  let count = 0;
  for (const entry of await readdir(from, { withFileTypes: true })) {
    refuseLink(from, entry);
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) count += await copyTree(source, target);
    if (!entry.isFile()) continue;
    await copyFile(source, target, constants.COPYFILE_FICLONE);
    await syncPath(target);
    count += 1;
  }
  await syncPath(to);
  return count;
}

const isThere = async (directory: string, name: string): Promise<boolean> => (await readdir(directory)).includes(name);

/** Keys, certificates, the installation's id. */
export async function copySettings(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (LEFT_OUT.has(entry.name)) continue;
    refuseLink(from, entry);
    const target = join(to, entry.name);
    if (entry.isDirectory()) await copyTree(join(from, entry.name), target);
    if (!entry.isFile()) continue;
    await copyFile(join(from, entry.name), target);
    // They came back from a medium, perhaps, that keeps no modes; others may pass through the data directory.
    await chmod(target, 0o600);
    await syncPath(target);
  }
  await syncPath(to);
}

/** Blobs never change and are written before the rows that name them: copied after the rows, all of them are there. */
export async function copyBlobs(from: string, to: string): Promise<number> {
  return (await isThere(from, 'blobs')) ? await copyTree(join(from, 'blobs'), join(to, 'blobs')) : 0;
}

/** Every artifact whose bytes the rows promise, read to its end. Throws where one is missing or rotten. */
export async function verifyBlobs(client: pg.ClientBase, directory: string): Promise<void> {
  const blobs = createFileStore({ directory: join(directory, 'blobs'), minimumFree: 0 });
  let after = { organisation: '00000000-0000-0000-0000-000000000000', sha256: '' };
  for (;;) {
    const { rows } = await client.query<typeof after>(
      `select distinct organisation, encode(sha256, 'hex') as sha256 from artifact a
       -- As JSON: a backup of an earlier version has no such column.
       where stored and to_jsonb(a) ->> 'removed_at' is null and (organisation, sha256) > ($1::uuid, decode($2, 'hex'))
       order by 1, 2 limit 1000`,
      [after.organisation, after.sha256],
    );
    for (const key of rows) {
      const stream = await blobs.get(key);
      if (stream === null) throw new Error(`The bytes of ${key.sha256} are missing`);
      // Reading to the end compares the bytes with their name.
      for await (const _chunk of stream);
      after = key;
    }
    if (rows.length < 1_000) return;
  }
}
