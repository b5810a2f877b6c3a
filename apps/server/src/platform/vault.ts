import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '@genehound/intake';

/**
 * What the server must be able to read again and nobody else may: secrets of second factors, answers that hold a key.
 * They lie sealed in the database, and the key in the data directory alone, so that neither a copy of the one nor of
 * the other opens them.
 */
export interface Vault {
  /** `purpose` is bound to the bytes: what is sealed for one row opens nothing in another's place. */
  seal(plain: Uint8Array, purpose: string): Buffer;
  /** Null for bytes of another key, for another purpose, or damaged. */
  open(sealed: Uint8Array, purpose: string): Buffer | null;
}

/** AES-256-GCM: version, nonce, what is sealed, tag. */
const CIPHER = 'aes-256-gcm';
const VERSION = 1;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** By how much sealed bytes are longer. */
const OVERHEAD = 1 + NONCE_BYTES + TAG_BYTES;

export function createVault(key: Uint8Array): Vault {
  return {
    seal: (plain, purpose) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(purpose));
      return Buffer.concat([Buffer.of(VERSION), nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open: (sealed, purpose) => {
      if (sealed.length < OVERHEAD || sealed[0] !== VERSION) return null;
      const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
      const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
        .setAAD(Buffer.from(purpose))
        .setAuthTag(sealed.subarray(-TAG_BYTES));
      try {
        return Buffer.concat([decipher.update(sealed.subarray(1 + NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
      } catch {
        return null;
      }
    },
  };
}

/** With the key of the data directory, made at the first start. Throws an Error of one sentence where it is broken. */
export async function openVault(data: string): Promise<Vault> {
  const file = join(data, 'secrets-key');
  try {
    const text = (await readFile(file, 'utf8')).trim();
    if (/^[0-9a-f]{64}$/.test(text)) return createVault(Buffer.from(text, 'hex'));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    const key = randomBytes(KEY_BYTES);
    // Durable before it seals: what it sealed could not be read again.
    await writeDurably(file, `${key.toString('hex')}\n`);
    return createVault(key);
  }
  throw new Error(
    `${file} holds no key of 64 hexadecimal digits; restore it from a backup, or move it away for a new one.`,
  );
}
