import { contentOf, type Der, derAt, elementsIn, oidOf, TAG, timeOf, whole } from './der.ts';

/** Names as node:crypto has them. */
type DigestName = 'sha1' | 'sha256' | 'sha384' | 'sha512';

const DIGESTS: ReadonlyMap<string, DigestName> = new Map([
  ['1.3.14.3.2.26', 'sha1'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
]);

/** Object identifiers of PKCS #7, PKCS #9, RFC 3161 and Authenticode. */
export const AUTHENTICODE = {
  signedData: '1.2.840.113549.1.7.2',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  counterSignature: '1.2.840.113549.1.9.6',
  timeStampInfo: '1.2.840.113549.1.9.16.1.4',
  indirectData: '1.3.6.1.4.1.311.2.1.4',
  /** Of what kind a digest is: of a PE image, not of a script or an installation package. */
  peImage: '1.3.6.1.4.1.311.2.1.15',
  nestedSignature: '1.3.6.1.4.1.311.2.4.1',
  timeStamp: '1.3.6.1.4.1.311.3.3.1',
  trustList: '1.3.6.1.4.1.311.10.1',
  catalogMemberV2: '1.3.6.1.4.1.311.12.1.3',
  pss: '1.2.840.113549.1.1.10',
} as const;

const MOST_CERTIFICATES = 32;
const MOST_SIGNERS = 4;
const MOST_ATTRIBUTES = 64;
const MOST_MEMBERS = 500_000;
/** Bytes: certificates of code have one to two thousand. */
const LARGEST_CERTIFICATE = 8_192;

export interface Digest {
  /** null: of an algorithm that is not known. */
  readonly name: DigestName | null;
  readonly value: Uint8Array;
}

/** Values by the attribute's object identifier, each a whole element. */
export type Attributes = ReadonlyMap<string, readonly Uint8Array[]>;

export interface SignerInfo {
  /** DER of the issuer's name, and the number that it gave the certificate. */
  readonly issuer: Uint8Array;
  readonly serial: Uint8Array;
  readonly digest: DigestName | null;
  readonly algorithm: string;
  /** What is signed: the attributes as DER of a SET; null where there are none. */
  readonly signed: Uint8Array | null;
  readonly attributes: Attributes;
  readonly signature: Uint8Array;
  readonly unsigned: Attributes;
}

export interface SignedData {
  readonly contentType: string;
  /** What `messageDigest` is of: the content without the tag and length before it. */
  readonly content: Uint8Array;
  /** DER. Those that are too large are left out. */
  readonly certificates: readonly Uint8Array[];
  readonly signers: readonly SignerInfo[];
}

function digestName(bytes: Uint8Array, algorithm: Der | undefined): DigestName | null {
  const parts = algorithm?.tag === TAG.sequence ? elementsIn(bytes, algorithm, 2) : null;
  return DIGESTS.get(oidOf(bytes, parts?.[0])) ?? null;
}

function readAttributes(bytes: Uint8Array, set: Der | undefined): Attributes | null {
  const all = new Map<string, readonly Uint8Array[]>();
  if (set === undefined) return all;
  for (const attribute of elementsIn(bytes, set, MOST_ATTRIBUTES) ?? []) {
    const [type, values] = elementsIn(bytes, attribute, 2) ?? [];
    const oid = oidOf(bytes, type);
    const list = values?.tag === TAG.set ? elementsIn(bytes, values, MOST_ATTRIBUTES) : null;
    // Twice the same attribute is nothing that a signer does: which of them would hold?
    if (list === null || (oid !== '' && all.has(oid))) return null;
    all.set(
      oid,
      list.map((value) => whole(bytes, value)),
    );
  }
  return all;
}

/** A countersignature (PKCS #9, 5.6): the value of its attribute. */
export function readCounterSigner(value: Uint8Array): SignerInfo | null {
  return readSigner(value, derAt(value, 0, value.length));
}

/** A SignerInfo (RFC 2315, 9.2); null where it is none that can be read. */
function readSigner(bytes: Uint8Array, der: Der | null): SignerInfo | null {
  const parts = der?.tag === TAG.sequence ? elementsIn(bytes, der, 7) : null;
  if (parts === null) return null;
  const [, name, digest] = parts;
  const [issuer, serial] = (name?.tag === TAG.sequence ? elementsIn(bytes, name, 2) : null) ?? [];
  const signed = parts[3]?.tag === TAG.context0 ? parts[3] : undefined;
  const [algorithm, signature, unsigned] = parts.slice(signed === undefined ? 3 : 4);
  const attributes = readAttributes(bytes, signed);
  const others = readAttributes(bytes, unsigned);
  const isWhole = issuer?.tag === TAG.sequence && serial?.tag === TAG.integer && signature?.tag === TAG.octetString;
  if (!isWhole || attributes === null || others === null || algorithm?.tag !== TAG.sequence) return null;
  let set: Uint8Array | null = null;
  if (signed !== undefined) {
    // It lies there as [0]; what is signed is the same as a SET.
    set = whole(bytes, signed).slice();
    set[0] = TAG.set;
  }
  return {
    issuer: whole(bytes, issuer),
    serial: contentOf(bytes, serial),
    digest: digestName(bytes, digest),
    algorithm: oidOf(bytes, elementsIn(bytes, algorithm, 2)?.[0]),
    signed: set,
    attributes,
    signature: contentOf(bytes, signature),
    unsigned: others,
  };
}

/** A ContentInfo with SignedData (RFC 2315, 9.1); null where it is none that can be read. Never throws. */
export function readSignedData(bytes: Uint8Array): SignedData | null {
  const outer = derAt(bytes, 0, bytes.length);
  const [type, box] = (outer?.tag === TAG.sequence ? elementsIn(bytes, outer, 2) : null) ?? [];
  if (oidOf(bytes, type) !== AUTHENTICODE.signedData || box?.tag !== TAG.context0) return null;
  const body = derAt(bytes, box.from, box.to);
  const parts = body?.tag === TAG.sequence ? elementsIn(bytes, body, 6) : null;
  if (parts === null || parts.length < 4) return null;
  const [contentType, contentBox] = elementsIn(bytes, parts[2] ?? box, 2) ?? [];
  const content = contentBox?.tag === TAG.context0 ? derAt(bytes, contentBox.from, contentBox.to) : null;
  const signers = parts.at(-1);
  const signerList = signers?.tag === TAG.set ? elementsIn(bytes, signers, MOST_SIGNERS) : null;
  const certificates = parts.slice(3, -1).find((part) => part.tag === TAG.context0);
  const list = certificates === undefined ? [] : elementsIn(bytes, certificates, MOST_CERTIFICATES);
  if (content === null || signerList === null || list === null) return null;
  // Bytes behind what an element holds are signed by nobody.
  if (body?.to !== box.to || content.to !== contentBox?.to) return null;
  return {
    contentType: oidOf(bytes, contentType),
    content: contentOf(bytes, content),
    certificates: list
      .filter((der) => der.tag === TAG.sequence && der.to - der.at <= LARGEST_CERTIFICATE)
      .map((der) => whole(bytes, der)),
    signers: signerList.map((der) => readSigner(bytes, der)).filter((signer) => signer !== null),
  };
}

/** SpcIndirectDataContent, without the tag and length of its SEQUENCE: the digest that it is over, and of what kind that is. */
export function readIndirectDigest(content: Uint8Array): (Digest & { readonly kind: string }) | null {
  const [data, info] = elementsIn(content, { from: 0, to: content.length }, 2) ?? [];
  const [algorithm, value] = (info?.tag === TAG.sequence ? elementsIn(content, info, 2) : null) ?? [];
  if (value?.tag !== TAG.octetString) return null;
  const kind = data?.tag === TAG.sequence ? oidOf(content, elementsIn(content, data, 2)?.[0]) : '';
  return { kind, name: digestName(content, algorithm), value: contentOf(content, value) };
}

export interface TimeStampInfo {
  /** Of what the time is told. */
  readonly imprint: Digest;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** TSTInfo (RFC 3161, 2.4.2) as it is the content of a token: its OCTET STRING's bytes. */
export function readTimeStampInfo(content: Uint8Array): TimeStampInfo | null {
  const outer = derAt(content, 0, content.length);
  const [, , imprint, , time] = (outer?.tag === TAG.sequence ? elementsIn(content, outer, 10) : null) ?? [];
  const [algorithm, value] = (imprint?.tag === TAG.sequence ? elementsIn(content, imprint, 2) : null) ?? [];
  const at = timeOf(content, time);
  if (at === null || value?.tag !== TAG.octetString) return null;
  return { imprint: { name: digestName(content, algorithm), value: contentOf(content, value) }, time: at };
}

/** The one octet string of an attribute; null where it has none, or several values. */
export function attributeContent(attributes: Attributes, oid: string): Uint8Array | null {
  const [value, ...more] = attributes.get(oid) ?? [];
  const der = value === undefined || more.length > 0 ? null : derAt(value, 0, value.length);
  return value === undefined || der?.tag !== TAG.octetString ? null : contentOf(value, der);
}

/** The one object identifier of an attribute; '' where it has none, or several values. */
export function attributeOid(attributes: Attributes, oid: string): string {
  const [value, ...more] = attributes.get(oid) ?? [];
  if (value === undefined || more.length > 0) return '';
  return oidOf(value, derAt(value, 0, value.length) ?? undefined);
}

/** The time of a PKCS #9 countersignature, milliseconds since 1970. */
export function signingTime(attributes: Attributes): number | null {
  const [value] = attributes.get(AUTHENTICODE.signingTime) ?? [];
  return value === undefined ? null : timeOf(value, derAt(value, 0, value.length) ?? undefined);
}

export interface CatalogMembers {
  /** SHA-256 digests, of Authenticode for programs, of the whole file for others. */
  readonly sha256: readonly Uint8Array[];
  /** Members that are named by a weaker digest. */
  readonly weak: number;
}

function memberDigest(content: Uint8Array, member: Der, isV2: boolean): Digest | null {
  const [tag, set] = elementsIn(content, member, 2) ?? [];
  if (tag?.tag !== TAG.octetString) return null;
  for (const attribute of (set?.tag === TAG.set ? elementsIn(content, set, MOST_ATTRIBUTES) : null) ?? []) {
    const [type, values] = elementsIn(content, attribute, 2) ?? [];
    if (oidOf(content, type) !== AUTHENTICODE.indirectData || values === undefined) continue;
    const inner = derAt(content, values.from, values.to);
    return inner?.tag === TAG.sequence ? readIndirectDigest(contentOf(content, inner)) : null;
  }
  const name = contentOf(content, tag);
  return isV2 && name.length === 32 ? { name: 'sha256', value: name } : null;
}

/**
 * The members of a catalog: its trust list (MS-CAESO: `CertificateTrustList`), without the tag and length of its SEQUENCE.
 * Null where it is none that can be read.
 */
export function readCatalogMembers(content: Uint8Array): CatalogMembers | null {
  const parts = elementsIn(content, { from: 0, to: content.length }, 12);
  const time = parts?.findIndex(({ tag }) => tag === TAG.utcTime || tag === TAG.generalizedTime) ?? -1;
  if (parts === null || time < 0) return null;
  const [algorithm, list] = parts.slice(time + 1).filter(({ tag }) => tag === TAG.sequence);
  const members = list === undefined ? null : elementsIn(content, list, MOST_MEMBERS);
  if (algorithm === undefined || members === null) return null;
  const isV2 = oidOf(content, elementsIn(content, algorithm, 2)?.[0]) === AUTHENTICODE.catalogMemberV2;
  const sha256: Uint8Array[] = [];
  let weak = 0;
  for (const member of members) {
    const digest = memberDigest(content, member, isV2);
    if (digest?.name === 'sha256' && digest.value.length === 32) sha256.push(digest.value);
    else weak += 1;
  }
  return { sha256, weak };
}
