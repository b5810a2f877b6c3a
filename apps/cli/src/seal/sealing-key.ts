import { createPrivateKey, createPublicKey, type KeyObject, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { EXIT } from '../exit-codes.table.ts';
import { Failure } from '../failure.ts';
import { readErrorReason } from '../read-error.ts';
import { decodeBech32, encodeBech32 } from './bech32.ts';

/** What opens sealed scans: an age identity. */
export interface SealingKey {
  readonly privateKey: KeyObject;
  /** 32 bytes. */
  readonly publicBytes: Uint8Array;
  /** age1…: what --encrypt-to takes. */
  readonly recipient: string;
}

const SECRET_PREFIX = 'age-secret-key-';
const PUBLIC_PREFIX = 'age';
/** DER that stands before the 32 bytes of an X25519 key (RFC 8410). */
const PRIVATE_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex');
const PUBLIC_HEAD = Buffer.from('302a300506032b656e032100', 'hex');
const MAX_KEY_FILE = 64 * 1024;

export function publicKeyOf(bytes: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([PUBLIC_HEAD, bytes]), format: 'der', type: 'spki' });
}

function keyOf(secret: Uint8Array): SealingKey {
  const privateKey = createPrivateKey({ key: Buffer.concat([PRIVATE_HEAD, secret]), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const publicBytes = spki.subarray(PUBLIC_HEAD.length);
  return { privateKey, publicBytes, recipient: encodeBech32(PUBLIC_PREFIX, publicBytes) };
}

/** Writes a new key, readable by its owner alone, in the form that age reads, too. */
export async function createSealingKey(path: string): Promise<SealingKey> {
  const secret = randomBytes(32);
  const key = keyOf(secret);
  const text = `# public key: ${key.recipient}\n${encodeBech32(SECRET_PREFIX, secret).toUpperCase()}\n`;
  try {
    await writeFile(path, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    throw new Failure(
      EXIT.failed,
      `${path} cannot be written: ${readErrorReason(error)}.`,
      'A key is never written over; name a file that is not there yet.',
    );
  }
  return key;
}

/** Reads the first key of a file as `genehound key seal` or age-keygen write it. */
export async function readSealingKey(path: string): Promise<SealingKey> {
  let text: string;
  try {
    text = await readFile(path, 'latin1');
  } catch (error) {
    throw new Failure(EXIT.failed, `The key ${path} cannot be read: ${readErrorReason(error)}.`);
  }
  for (const line of text.slice(0, MAX_KEY_FILE).split('\n')) {
    const secret = decodeBech32(SECRET_PREFIX, line.trim());
    if (secret?.length === 32) return keyOf(secret);
  }
  throw new Failure(
    EXIT.usage,
    `${path} holds no key that opens sealed scans.`,
    'Make one with "genehound key seal FILE" and keep it.',
  );
}
