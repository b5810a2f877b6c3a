import { createHash, createPublicKey, verify } from 'node:crypto';
import type { Signed } from '@genehound/contract';

/**
 * Whether an installation's key signed these bytes. Throws an Error of one sentence where not, or where another key
 * than the expected (hexadecimal, of 32 bytes) did.
 */
export function verifySigned(content: Uint8Array, signed: Signed, expectedKey: string | undefined): void {
  const bytes = Buffer.from(signed.publicKey, 'hex');
  if (createHash('sha256').update(bytes).digest('hex') !== signed.keyId)
    throw new Error('The id of the key is not that of the public key beside it');
  if (expectedKey !== undefined && expectedKey.toLowerCase() !== signed.publicKey)
    throw new Error(`It is signed by the key ${signed.publicKey}, not by the one that was named`);
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') },
    format: 'jwk',
  });
  if (!verify(null, content, key, Buffer.from(signed.signature, 'hex')))
    throw new Error('The signature is not of this content: it was changed after it was signed');
}
