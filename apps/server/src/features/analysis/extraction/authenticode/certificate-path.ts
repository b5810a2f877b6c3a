import { X509Certificate } from 'node:crypto';
import { type CertificateFacts, readCertificate } from '@genehound/binary';

/** What a certificate may be used for (extended key usage). */
export const USAGE = { codeSigning: '1.3.6.1.5.5.7.3.3', timeStamping: '1.3.6.1.5.5.7.3.8' } as const;
export type Usage = (typeof USAGE)[keyof typeof USAGE];

const ANY_USAGE = '2.5.29.37.0';
/** Signatures made by it do not outlive it, whatever a time stamp says. */
const LIFETIME_SIGNING = '1.3.6.1.4.1.311.10.3.13';
const DIGITAL_SIGNATURE = 1 << 0;
const CERTIFICATE_SIGNATURE = 1 << 5;
const LONGEST_PATH = 8;
const FEWEST_RSA_BITS = 2_048;

/** RSA (PKCS #1) and ECDSA, each over SHA-256, SHA-384, SHA-512. */
const STRONG = new Set([
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
]);

export interface Certificate {
  readonly der: Uint8Array;
  readonly facts: CertificateFacts;
  readonly x509: X509Certificate;
}

const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** null where either reader cannot read it. */
export function loadCertificate(der: Uint8Array): Certificate | null {
  const facts = readCertificate(der);
  if (facts === null) return null;
  try {
    return { der, facts, x509: new X509Certificate(der) };
  } catch {
    return null;
  }
}

const CURVES: ReadonlySet<string | undefined> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

/** True where the key is of a kind and a strength that vouch for something: RSA of 2,048 bits, or a curve of NIST from P-256 on. */
export function isStrongKey({ x509 }: Certificate): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = x509.publicKey;
  return (
    (type === 'ec' && CURVES.has(details?.namedCurve)) ||
    (type === 'rsa' && (details?.modulusLength ?? 0) >= FEWEST_RSA_BITS)
  );
}

/** True where `authority` signed `certificate`. */
function isIssuedBy(certificate: Certificate, authority: Certificate): boolean {
  if (!equal(certificate.facts.issuer, authority.facts.subject)) return false;
  try {
    return isStrongKey(authority) && certificate.x509.verify(authority.x509.publicKey);
  } catch {
    // A key that cannot verify this kind of signature has not made it.
    return false;
  }
}

/** The certificate and those above it among `pool`, each link verified; it ends at a root or where the next is not there. */
export function chainOf(leaf: Certificate, pool: readonly Certificate[]): readonly Certificate[] {
  const chain = [leaf];
  for (let last = leaf; chain.length < LONGEST_PATH; ) {
    const next = pool.find((one) => !chain.some((have) => equal(have.der, one.der)) && isIssuedBy(last, one));
    if (next === undefined) break;
    chain.push(next);
    last = next;
  }
  return chain;
}

/** Milliseconds since 1970, both included. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

function mayVouch({ facts }: Certificate, index: number, usage: Usage): boolean {
  if (facts.unknownCritical.length > 0 || !STRONG.has(facts.algorithm)) return false;
  const { usages, keyUsage } = facts;
  if (index === 0)
    return usages?.includes(usage) === true && (keyUsage === null || (keyUsage & DIGITAL_SIGNATURE) !== 0);
  return usages === null || usages.includes(usage) || usages.includes(ANY_USAGE);
}

function isAuthorityAt({ facts }: Certificate, index: number): boolean {
  const { isAuthority, keyUsage, pathLength } = facts;
  const signs = keyUsage === null || (keyUsage & CERTIFICATE_SIGNATURE) !== 0;
  return isAuthority && signs && (pathLength === null || pathLength >= index - 1);
}

/**
 * When a chain (from `chainOf`) vouches for the usage under an anchor: the time in which all its certificates up to the
 * anchor hold. The anchor is one of them, or signed the last. Null where it never does. Of an anchor above the leaf only its
 * name and key count, as RFC 5280 (6.1) has it.
 */
export function spanUnder(anchor: Certificate, chain: readonly Certificate[], usage: Usage): Span | null {
  const at = chain.findIndex((one) => equal(one.der, anchor.der));
  const last = chain.at(-1);
  if (last === undefined || (at < 0 && !isIssuedBy(last, anchor))) return null;
  const path = at < 0 ? [...chain, anchor] : chain.slice(0, at + 1);
  const isAnchor = (index: number): boolean => index === path.length - 1 && index > 0;
  for (const [index, one] of path.entries()) {
    if (!isAnchor(index) && !mayVouch(one, index, usage)) return null;
    if (index > 0 && !isAuthorityAt(one, index)) return null;
  }
  const counted = path.filter((_, index) => !isAnchor(index));
  const from = Math.max(...counted.map(({ facts }) => facts.notBefore));
  const until = Math.min(...counted.map(({ facts }) => facts.notAfter));
  return from <= until ? { from, until } : null;
}

export function isLifetimeSigner({ facts }: Certificate): boolean {
  return facts.usages?.includes(LIFETIME_SIGNING) === true;
}
