import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { rawPublicKey } from '@genehound/genes';
import { EXIT } from '../exit-codes.table.ts';
import { Failure } from '../failure.ts';
import { readErrorReason } from '../read-error.ts';

/** Writes a new Ed25519 private key (PKCS #8, PEM), readable by its owner alone. Returns the public key, hexadecimal. */
export async function createSigningKey(path: string): Promise<string> {
  const { privateKey } = generateKeyPairSync('ed25519');
  try {
    await writeFile(path, privateKey.export({ format: 'pem', type: 'pkcs8' }), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    throw new Failure(
      EXIT.failed,
      `${path} cannot be written: ${readErrorReason(error)}.`,
      'A key is never written over; name a file that is not there yet.',
    );
  }
  return rawPublicKey(privateKey).toString('hex');
}

export async function readSigningKey(path: string): Promise<KeyObject> {
  let pem: string;
  try {
    pem = await readFile(path, 'utf8');
  } catch (error) {
    throw new Failure(EXIT.failed, `The key ${path} cannot be read: ${readErrorReason(error)}.`);
  }
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Said below, for whatever else the file may hold.
  }
  throw new Failure(
    EXIT.usage,
    `${path} is no Ed25519 private key.`,
    'Make one with "genehound pack keygen FILE" and keep it.',
  );
}
