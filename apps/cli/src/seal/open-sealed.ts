import { createDecipheriv, createHmac, diffieHellman, hkdfSync, timingSafeEqual } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { publicKeyOf, type SealingKey } from './sealing-key.ts';

/** Why a sealed file cannot be opened; the text is for the user. */
export class SealError extends Error {
  override readonly name = 'SealError';
}

const CHUNK = 64 * 1024;
const TAG = 16;
const NONCE = 16;
const MAX_HEADER = 16 * 1024;
const VERSION = 'age-encryption.org/v1';

function derive(secret: Uint8Array, salt: Uint8Array, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, 32));
}

function decrypt(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Buffer {
  const decipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: TAG });
  decipher.setAuthTag(sealed.subarray(-TAG));
  return Buffer.concat([decipher.update(sealed.subarray(0, -TAG)), decipher.final()]);
}

function fromBase64(text: string, length: number): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === length && bytes.toString('base64').replace(/=+$/, '') === text ? bytes : null;
}

/** The file's own key, where one of the header's stanzas was made for this key. */
function unwrap(lines: readonly string[], key: SealingKey): Buffer | null {
  for (const [index, line] of lines.entries()) {
    const share = line.startsWith('-> X25519 ') ? fromBase64(line.slice(10), 32) : null;
    const wrapped = share === null ? null : fromBase64(lines[index + 1] ?? '', NONCE + TAG);
    if (share === null || wrapped === null) continue;
    try {
      const shared = diffieHellman({ privateKey: key.privateKey, publicKey: publicKeyOf(share) });
      const wrapper = derive(shared, Buffer.concat([share, key.publicBytes]), `${VERSION}/X25519`);
      return decrypt(wrapper, Buffer.alloc(12), wrapped);
    } catch {
      // Made for another key, or a point that makes no secret.
    }
  }
  return null;
}

interface Opened {
  readonly payloadKey: Buffer;
  /** Where the first piece begins. */
  readonly offset: number;
}

async function readHeader(file: FileHandle, key: SealingKey): Promise<Opened> {
  const buffer = Buffer.alloc(MAX_HEADER + NONCE);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
  const head = buffer.subarray(0, bytesRead);
  const text = head.toString('latin1');
  const end = text.indexOf('\n--- ');
  const lineEnd = text.indexOf('\n', end + 1);
  if (!text.startsWith(`${VERSION}\n`) || end < 0 || lineEnd < 0) throw new SealError('it is not sealed as scans are');
  const fileKey = unwrap(text.slice(0, end).split('\n'), key);
  if (fileKey === null) throw new SealError('it is sealed to another key');
  const expected = createHmac('sha256', derive(fileKey, Buffer.alloc(0), 'header'))
    .update(head.subarray(0, end + 4))
    .digest();
  const found = fromBase64(text.slice(end + 5, lineEnd), 32);
  if (found === null || !timingSafeEqual(expected, found)) throw new SealError('its beginning was changed');
  const offset = lineEnd + 1 + NONCE;
  if (offset > bytesRead) throw new SealError('its end is missing');
  return { payloadKey: derive(fileKey, head.subarray(lineEnd + 1, offset), 'payload'), offset };
}

/** Pieces are numbered, and the last one says so: what is missing, moved or added shows. */
function pieceNonce(number: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(number, 5, 6); // bytes 0 to 10 are the number, the last one the mark
  nonce[11] = last ? 1 : 0;
  return nonce;
}

async function writePieces(source: FileHandle, header: Opened, target: FileHandle): Promise<void> {
  const { size } = await source.stat();
  const sealed = Buffer.alloc(CHUNK + TAG);
  let at = header.offset;
  for (let number = 0; ; number += 1) {
    const want = Math.min(sealed.length, size - at);
    const last = at + want >= size;
    if (want < TAG || (want === TAG && number > 0)) throw new SealError('its end is missing');
    const { bytesRead } = await source.read(sealed, 0, want, at);
    let opened: Buffer;
    try {
      if (bytesRead < want) throw new Error('it became shorter');
      opened = decrypt(header.payloadKey, pieceNonce(number, last), sealed.subarray(0, want));
    } catch {
      throw new SealError('it was changed, or its end is missing');
    }
    await target.writeFile(opened);
    if (last) return;
    at += want;
  }
}

/**
 * Opens one sealed file into a new one. The target is whole only when this returns: until then its content is not to be
 * used, and its name should not be the last one.
 * @throws {SealError} where the file is not sealed to this key, or is not whole.
 */
export async function openSealed(path: string, target: string, key: SealingKey): Promise<void> {
  const source = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!(await source.stat()).isFile()) throw new SealError('it is no regular file');
    const header = await readHeader(source, key);
    const file = await open(target, 'wx', 0o600);
    try {
      await writePieces(source, header, file);
      await file.sync();
    } finally {
      await file.close();
    }
  } finally {
    await source.close();
  }
}
