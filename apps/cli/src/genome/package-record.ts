import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Client, FAMILY_TYPES, type Scope, sha256Text } from '@genehound/contract';
import { z } from 'zod';

const entry = z.object({
  family: z.string(),
  type: z.enum(FAMILY_TYPES),
  samples: z.array(sha256Text),
  problems: z.array(z.string()),
});
/** One line of the file. */
const line = entry.extend({ key: z.string() });
/** The whole file, as earlier releases wrote it. */
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

interface Read {
  readonly packages: Map<string, PackageEntry>;
  /** True where lines can be appended as the file is. */
  readonly isWhole: boolean;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readRecord(path: string): Promise<Read> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const old = document.safeParse(text.startsWith('{"version"') ? parseJson(text) : undefined);
  if (old.success) return { packages: new Map(Object.entries(old.data.packages)), isWhole: false };
  const packages = new Map<string, PackageEntry>();
  for (const one of text.split('\n')) {
    // What a kill cut off, or another program wrote, is left out.
    const read = line.safeParse(one === '' ? undefined : parseJson(one));
    if (!read.success) continue;
    const { key, ...value } = read.data;
    packages.set(key, value);
  }
  return { packages, isWhole: text === '' || text.endsWith('\n') };
}

const ASK_AT_ONCE = 10_000;

async function knownHashes(
  client: Client,
  scope: Scope,
  entries: readonly PackageEntry[],
): Promise<Map<string, Set<string>>> {
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
        const answer = await client.call('findKnownSamples', { body: { family, scope, sha256 } });
        for (const hash of answer.known) found.add(hash);
      }
      known.set(family, found);
    }),
  );
  return known;
}

const lineOf = (key: string, value: PackageEntry): string => `${JSON.stringify({ key, ...value })}\n`;

export async function openPackageRecord(path: string, scope: Scope = 'global'): Promise<PackageRecord> {
  const { packages, isWhole } = await readRecord(path);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  if (!isWhole) {
    const lines = [...packages].map(([key, value]) => lineOf(key, value));
    await writeFile(`${path}.new`, lines.join(''), { mode: 0o600 });
    await rename(`${path}.new`, path);
  }
  let writing = Promise.resolve();
  return {
    async known(client, keys) {
      const entries = keys.flatMap((key) => {
        const value = packages.get(key);
        return value === undefined ? [] : [{ key, value }];
      });
      const hashes = await knownHashes(
        client,
        scope,
        entries.map((one) => one.value),
      );
      const complete = entries.filter(({ value }) =>
        value.samples.every((hash) => hashes.get(value.family)?.has(hash)),
      );
      return new Map(complete.map(({ key, value }) => [key, value]));
    },
    async remember(key, value) {
      packages.set(key, value);
      // A line each: a whole release has tens of thousands of packages.
      writing = writing.then(() => appendFile(path, lineOf(key, value), { mode: 0o600 }));
      await writing;
    },
  };
}
