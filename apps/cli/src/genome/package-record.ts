import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Client, FAMILY_TYPES, sha256Text } from '@genehound/contract';
import { z } from 'zod';

const entry = z.object({
  family: z.string(),
  type: z.enum(FAMILY_TYPES),
  samples: z.array(sha256Text),
  problems: z.array(z.string()),
});
const document = z.object({ version: z.literal(1), packages: z.record(z.string(), entry) });
type PackageEntry = z.infer<typeof entry>;

/**
 * Which files each indexed package had: so a later run asks the server by hash instead of fetching the package.
 * The server stays the only truth; a record that is lost or of another server costs a download, nothing else.
 */
export interface PackageRecord {
  /** Those of the keys whose files the server still has all, with their entries. */
  known(client: Client, keys: readonly string[]): Promise<Map<string, PackageEntry>>;
  /** Writes an entry down at once: an interrupted run goes on where it was. */
  remember(key: string, value: PackageEntry): Promise<void>;
}

async function readRecord(path: string): Promise<Record<string, PackageEntry>> {
  try {
    return document.parse(JSON.parse(await readFile(path, 'utf8'))).packages;
  } catch {
    return {};
  }
}

const ASK_AT_ONCE = 10_000;

async function knownHashes(client: Client, entries: readonly PackageEntry[]): Promise<Map<string, Set<string>>> {
  const byFamily = new Map<string, Set<string>>();
  for (const one of entries) {
    const hashes = byFamily.get(one.family) ?? new Set<string>();
    for (const hash of one.samples) hashes.add(hash);
    byFamily.set(one.family, hashes);
  }
  const known = new Map<string, Set<string>>();
  await Promise.all(
    [...byFamily].map(async ([family, hashes]) => {
      const all = [...hashes];
      const found = new Set<string>();
      for (let at = 0; at < all.length; at += ASK_AT_ONCE) {
        const sha256 = all.slice(at, at + ASK_AT_ONCE);
        const answer = await client.call('findKnownSamples', { body: { family, scope: 'global', sha256 } });
        for (const hash of answer.known) found.add(hash);
      }
      known.set(family, found);
    }),
  );
  return known;
}

export async function openPackageRecord(path: string): Promise<PackageRecord> {
  const packages = await readRecord(path);
  let writing = Promise.resolve();
  const write = async (): Promise<void> => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(`${path}.new`, JSON.stringify({ version: 1, packages }), { mode: 0o600 });
    await rename(`${path}.new`, path);
  };
  return {
    async known(client, keys) {
      const entries = keys.flatMap((key) => (packages[key] === undefined ? [] : [{ key, value: packages[key] }]));
      const hashes = await knownHashes(
        client,
        entries.map((one) => one.value),
      );
      const complete = entries.filter(({ value }) =>
        value.samples.every((hash) => hashes.get(value.family)?.has(hash)),
      );
      return new Map(complete.map(({ key, value }) => [key, value]));
    },
    async remember(key, value) {
      packages[key] = value;
      writing = writing.then(write);
      await writing;
    },
  };
}
