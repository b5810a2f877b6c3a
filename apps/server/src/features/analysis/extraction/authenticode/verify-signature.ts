import { createHash, verify } from 'node:crypto';
import {
  AUTHENTICODE,
  attributeContent,
  attributeOid,
  readCounterSigner,
  readSignedData,
  readTimeStampInfo,
  type SignedData,
  type SignerInfo,
  signingTime,
} from '@genehound/binary';
import { type Certificate, chainOf, isLifetimeSigner, isStrongKey, loadCertificate } from './certificate-path.ts';
import { LATEST_TIME } from './messages.ts';

/** A signature that is sound in itself; whether its chain ends at anything that is trusted is not said. */
export interface SoundSignature {
  /** Leaf first, each link verified. */
  readonly chain: readonly Certificate[];
  /** When it was there, as a time stamp says whose signature is sound as well. */
  readonly stamp: { readonly time: number; readonly chain: readonly Certificate[] } | null;
}

export type Verification = SoundSignature | { readonly problem: string };

const STRONG_DIGESTS: ReadonlySet<string> = new Set(['sha256', 'sha384', 'sha512']);

const sameBytes = (a: Uint8Array, b: Uint8Array | null): boolean => b !== null && Buffer.compare(a, b) === 0;

/** Verifies one signer of `content`; answers the chain of the certificate by which it is signed. */
function verifySigner(
  signer: SignerInfo,
  content: Uint8Array,
  contentType: string | null,
  pool: readonly Certificate[],
): readonly Certificate[] | { readonly problem: string } {
  const { digest, signed, attributes, issuer, serial, signature, algorithm } = signer;
  if (digest === null || !STRONG_DIGESTS.has(digest))
    return {
      problem: `It is made with ${digest === 'sha1' ? 'SHA-1, which proves nothing any more' : 'an unknown digest'}`,
    };
  if (algorithm === AUTHENTICODE.pss) return { problem: 'It is made with RSA-PSS, which is not supported' };
  if (signed === null) return { problem: 'It has no signed attributes' };
  const claimed = attributeContent(attributes, AUTHENTICODE.messageDigest);
  if (!sameBytes(createHash(digest).update(content).digest(), claimed)) return { problem: 'What it signs was changed' };
  if (contentType !== null && attributeOid(attributes, AUTHENTICODE.contentType) !== contentType)
    return { problem: 'It signs content of another kind' };
  const leaf = pool.find(({ facts }) => sameBytes(facts.issuer, issuer) && sameBytes(facts.serial, serial));
  if (leaf === undefined) return { problem: 'The certificate of the signer is not in it' };
  if (!isStrongKey(leaf)) return { problem: 'The key of the signer is too weak, or of an unknown kind' };
  try {
    if (!verify(digest, signed, leaf.x509.publicKey, signature))
      return { problem: 'The signature is not of that signer' };
  } catch {
    return { problem: 'The signature cannot be verified' };
  }
  return chainOf(leaf, pool);
}

function certificatesOf(data: SignedData): readonly Certificate[] {
  return data.certificates.map(loadCertificate).filter((one) => one !== null);
}

type Stamp = SoundSignature['stamp'];

/** Unsigned attributes that signing tools add; whoever changes a signed file afterwards can put anything into another one. */
const UNSIGNED: ReadonlySet<string> = new Set([
  AUTHENTICODE.counterSignature,
  AUTHENTICODE.timeStamp,
  AUTHENTICODE.nestedSignature,
]);

/** Milliseconds since 1970: no time stamp is older than that, or of a later year than 2096. */
const isTime = (time: number): boolean => time >= 0 && time <= LATEST_TIME;

/** RFC 3161: a token over the digest of the signature. */
function tokenStamp(token: Uint8Array, signature: Uint8Array): Stamp {
  const data = readSignedData(token);
  const info = data?.contentType === AUTHENTICODE.timeStampInfo ? readTimeStampInfo(data.content) : null;
  const [signer] = data?.signers ?? [];
  if (data === null || info === null || signer === undefined || info.imprint.name === null) return null;
  if (!STRONG_DIGESTS.has(info.imprint.name) || !isTime(info.time)) return null;
  if (!sameBytes(createHash(info.imprint.name).update(signature).digest(), info.imprint.value)) return null;
  const chain = verifySigner(signer, data.content, data.contentType, certificatesOf(data));
  return 'problem' in chain ? null : { time: info.time, chain };
}

/** PKCS #9: a countersignature of the signature, of a certificate in the outer message. */
function counterStamp(value: Uint8Array, signature: Uint8Array, pool: readonly Certificate[]): Stamp {
  const signer = readCounterSigner(value);
  const time = signer === null ? null : signingTime(signer.attributes);
  if (signer === null || time === null || !isTime(time)) return null;
  const chain = verifySigner(signer, signature, null, pool);
  return 'problem' in chain ? null : { time, chain };
}

function stampOf(signer: SignerInfo, pool: readonly Certificate[]): Stamp {
  const { unsigned, signature } = signer;
  for (const token of unsigned.get(AUTHENTICODE.timeStamp) ?? []) {
    const stamp = tokenStamp(token, signature);
    if (stamp !== null) return stamp;
  }
  for (const value of unsigned.get(AUTHENTICODE.counterSignature) ?? []) {
    const stamp = counterStamp(value, signature, pool);
    if (stamp !== null) return stamp;
  }
  return null;
}

/** Verifies the first signer of a message; Authenticode has no other. */
export function verifySignature(data: SignedData): Verification {
  const [signer] = data.signers;
  if (signer === undefined || data.signers.length > 1) return { problem: 'It does not have exactly one signer' };
  if ([...signer.unsigned.keys()].some((oid) => !UNSIGNED.has(oid)))
    return { problem: 'It carries an attribute that it does not sign, of an unknown kind' };
  const pool = certificatesOf(data);
  const chain = verifySigner(signer, data.content, data.contentType, pool);
  if ('problem' in chain) return chain;
  const [leaf] = chain;
  return { chain, stamp: leaf === undefined || isLifetimeSigner(leaf) ? null : stampOf(signer, pool) };
}
