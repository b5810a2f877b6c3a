import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Signed } from '@genehound/contract';
import { writeDurably } from '@genehound/intake';
import { type Database, digest, inTransaction, type Tx } from './database.ts';

/** The installation's own signature: Ed25519, the private half in the data directory alone. */
export interface Signer {
  readonly keyId: string;
  /** 32 bytes, hexadecimal. */
  readonly publicKey: string;
  /** Over the UTF-8 bytes of a text, or over bytes. */
  sign(content: string | Uint8Array): Signed;
  /** A new key signs from now on; what the old one signed stays valid. */
  rotate(): Promise<void>;
}

interface OpenKey {
  readonly key: KeyObject;
  readonly keyId: string;
  readonly publicKey: string;
}

function openKey(key: KeyObject): OpenKey {
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  const bytes = Buffer.from(x ?? '', 'base64url');
  const keyId = createHash('sha256').update(bytes).digest('hex');
  return { key, keyId, publicKey: bytes.toString('hex') };
}

async function readKey(file: string): Promise<OpenKey | null> {
  let pem: string;
  try {
    pem = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return openKey(key);
  } catch {
    // Said below, for whatever else the file may hold.
  }
  throw new Error(`${file} is no Ed25519 private key; restore it from a backup, or move it away for a new one.`);
}

/** Notes the public half before anything is signed by it, and that the others sign no more. */
async function noteKey(db: Database, { keyId, publicKey }: OpenKey): Promise<void> {
  await inTransaction(db, async (tx: Tx) => {
    await tx
      .insertInto('receipt_key')
      .values({ id: digest(keyId), public_key: Buffer.from(publicKey, 'hex') })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ retired_at: null }))
      .execute();
    await tx
      .updateTable('receipt_key')
      .set({ retired_at: new Date() })
      .where('id', '<>', digest(keyId))
      .where('retired_at', 'is', null)
      .execute();
  });
}

/** The key of the data directory, made at its first start. Throws an Error of one sentence where its file is broken. */
export async function openSigner(db: Database, data: string): Promise<Signer> {
  const file = join(data, 'receipt-key.pem');
  const make = async (): Promise<OpenKey> => {
    const { privateKey } = generateKeyPairSync('ed25519');
    // Durable before it signs: a receipt whose key was lost with a power cut could still be checked, but not be repeated.
    await writeDurably(file, privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
    return openKey(privateKey);
  };
  let current = (await readKey(file)) ?? (await make());
  await noteKey(db, current);
  return {
    get keyId() {
      return current.keyId;
    },
    get publicKey() {
      return current.publicKey;
    },
    sign: (content) => {
      const { key, keyId, publicKey } = current;
      const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
      return { keyId, publicKey, signature: sign(null, bytes, key).toString('hex') };
    },
    rotate: async () => {
      const fresh = await make();
      await noteKey(db, fresh);
      current = fresh;
    },
  };
}
