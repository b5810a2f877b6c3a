import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const table = z.object({
  name: z.string().regex(/^[a-z_]+$/),
  rows: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type BackedUpTable = z.infer<typeof table>;

/** `backup.json`, written last: a directory without it is no backup. */
const manifest = z.object({
  format: z.literal('genehound-backup'),
  version: z.literal(1),
  madeAt: z.string(),
  schema: z.int().positive(),
  installation: z.uuid(),
  tables: z.array(table),
  blobs: z.int().nonnegative(),
});
export type BackupManifest = z.infer<typeof manifest>;

export const MANIFEST = 'backup.json';

/** Throws an Error of one sentence where the directory holds no backup that was finished. */
export async function readManifest(directory: string): Promise<BackupManifest> {
  try {
    return manifest.parse(JSON.parse(await readFile(join(directory, MANIFEST), 'utf8')));
  } catch (error) {
    throw new Error(`${directory} holds no finished backup of a form that this program knows`, { cause: error });
  }
}
