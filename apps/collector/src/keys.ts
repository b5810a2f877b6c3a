import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@genehound/contract';
import { writeDurably } from '@genehound/intake';
import { z } from 'zod';

const keyRow = z.object({
  id: z.uuid(),
  name: z.string(),
  /** SHA-256 of the key, hexadecimal. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: z.string(),
  revokedAt: z.string().nullable(),
});
const file = z.object({ keys: z.array(keyRow) });
type KeyRow = z.infer<typeof keyRow>;

/** A key without its secret. */
export type CollectorKey = Omit<KeyRow, 'hash'>;

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');
const pathOf = (data: string): string => join(data, 'keys.json');
const shown = ({ hash: _hash, ...key }: KeyRow): CollectorKey => key;

async function readKeys(data: string): Promise<readonly KeyRow[]> {
  let text: string;
  try {
    text = await readFile(pathOf(data), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
  const parsed = file.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`${pathOf(data)} is damaged; restore it, or remove it and make new keys.`);
  return parsed.data.keys;
}

async function writeKeys(data: string, keys: readonly KeyRow[]): Promise<void> {
  await mkdir(data, { recursive: true, mode: 0o700 });
  await writeDurably(pathOf(data), `${JSON.stringify({ keys }, null, 2)}\n`);
}

export async function listKeys(data: string): Promise<readonly CollectorKey[]> {
  return (await readKeys(data)).map(shown);
}

/** Makes a key that delivers scans to this collector; the secret is a UUID, shown this once. */
export async function createKey(data: string, name: string): Promise<CollectorKey & { readonly secret: string }> {
  const secret = randomUUID();
  const row = { id: randomUUID(), name, hash: hashOf(secret), createdAt: new Date().toISOString(), revokedAt: null };
  await writeKeys(data, [...(await readKeys(data)), row]);
  return { ...shown(row), secret };
}

/** Ends a key; a running collector takes note within a second. AppError not_found. */
export async function revokeKey(data: string, id: string): Promise<CollectorKey> {
  const keys = await readKeys(data);
  const found = keys.find((key) => key.id === id);
  if (found === undefined) throw new AppError('not_found', { what: 'The key' });
  const revoked = { ...found, revokedAt: found.revokedAt ?? new Date().toISOString() };
  await writeKeys(
    data,
    keys.map((key) => (key.id === id ? revoked : key)),
  );
  return shown(revoked);
}

/** The keys of a running collector, read again when their file changes. */
export class KeyRing {
  readonly #data: string;
  #stamp = '';
  #keys: readonly KeyRow[] = [];

  constructor(data: string) {
    this.#data = data;
  }

  /** The valid key with this secret. AppError bad_key. */
  async find(secret: string): Promise<CollectorKey> {
    const hash = Buffer.from(hashOf(secret));
    const keys = await this.#current();
    const found = keys.find((key) => key.revokedAt === null && timingSafeEqual(Buffer.from(key.hash), hash));
    if (found === undefined) throw new AppError('bad_key');
    return shown(found);
  }

  /** The valid key with this id, or null. */
  async byId(id: string): Promise<CollectorKey | null> {
    const keys = await this.#current();
    return keys.find((key) => key.id === id && key.revokedAt === null) ?? null;
  }

  async #current(): Promise<readonly KeyRow[]> {
    const info = await stat(pathOf(this.#data)).catch(() => null);
    const stamp = info === null ? '' : `${info.mtimeMs}/${info.ino}/${info.size}`;
    if (stamp !== this.#stamp) {
      this.#keys = await readKeys(this.#data);
      this.#stamp = stamp;
    }
    return this.#keys;
  }
}
