import { contentOf, type Der, derAt, elementsIn, oidOf, TAG, timeOf, whole } from './der.ts';

/** What an X.509 certificate (RFC 5280) says that decides whether it may vouch for code. Nothing of it is verified here. */
export interface CertificateFacts {
  /** DER of the names. */
  readonly subject: Uint8Array;
  readonly issuer: Uint8Array;
  readonly serial: Uint8Array;
  /** `CN=…, O=…`, the latter where it has one; null where it has no common name, or several. */
  readonly name: string | null;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly isAuthority: boolean;
  /** Authorities that may follow below it; null: any number. */
  readonly pathLength: number | null;
  /** Extended key usages; null where it has no such extension. */
  readonly usages: readonly string[] | null;
  /** Bits of the key usage, the first one lowest; null where it has no such extension. */
  readonly keyUsage: number | null;
  /** Object identifier of the algorithm by which it is signed. */
  readonly algorithm: string;
  /** Extensions that must be understood and are not. */
  readonly unknownCritical: readonly string[];
}

const EXTENSION = {
  keyUsage: '2.5.29.15',
  constraints: '2.5.29.19',
  policies: '2.5.29.32',
  usages: '2.5.29.37',
} as const;
const NAME = { common: '2.5.4.3', organisation: '2.5.4.10' } as const;
const UTF8 = 0x0c;
const PRINTABLE = 0x13;
const T61 = 0x14;
const IA5 = 0x16;
const BMP = 0x1e;
const LONGEST_NAME = 256;
const MOST_EXTENSIONS = 64;
const MOST_NAMES = 32;

function textOf(bytes: Uint8Array, der: Der): string | null {
  const content = contentOf(bytes, der);
  if (content.length === 0 || content.length > LONGEST_NAME) return null;
  let text: string | null = null;
  if (der.tag === UTF8) {
    try {
      text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
    } catch {
      return null;
    }
  } else if (der.tag === BMP && content.length % 2 === 0) {
    text = '';
    for (let i = 0; i < content.length; i += 2)
      text += String.fromCharCode(((content[i] ?? 0) << 8) | (content[i + 1] ?? 0));
  } else if (der.tag === PRINTABLE || der.tag === IA5 || der.tag === T61) {
    text = String.fromCharCode(...content);
    if (!/^[\x20-\x7e]*$/.test(text)) return null;
  }
  // A name that shows as another one, or as two lines, names nobody.
  return text === null || /[\p{C}\p{Zl}\p{Zp}]/u.test(text) ? null : text;
}

function namesOf(bytes: Uint8Array, name: Der): ReadonlyMap<string, readonly (string | null)[]> {
  const all = new Map<string, (string | null)[]>();
  for (const set of elementsIn(bytes, name, MOST_NAMES) ?? []) {
    for (const pair of elementsIn(bytes, set, MOST_NAMES) ?? []) {
      const [type, value] = elementsIn(bytes, pair, 2) ?? [];
      const oid = oidOf(bytes, type);
      if (value !== undefined) all.set(oid, [...(all.get(oid) ?? []), textOf(bytes, value)]);
    }
  }
  return all;
}

/** A value in a name, so that none can be read as two. */
const escaped = (text: string): string => text.replaceAll(/[\\,=+]/g, (sign) => `\\${sign}`);

function nameOf(bytes: Uint8Array, subject: Der): string | null {
  const names = namesOf(bytes, subject);
  const common = names.get(NAME.common) ?? [];
  const organisation = names.get(NAME.organisation) ?? [];
  const [cn] = common;
  const [o] = organisation;
  if (common.length !== 1 || organisation.length > 1 || cn === undefined || cn === null || o === null) return null;
  return o === undefined ? `CN=${escaped(cn)}` : `CN=${escaped(cn)}, O=${escaped(o)}`;
}

interface Extensions {
  isAuthority: boolean;
  pathLength: number | null;
  usages: readonly string[] | null;
  keyUsage: number | null;
  readonly unknownCritical: string[];
}

function readConstraints(value: Uint8Array, found: Extensions): void {
  const outer = derAt(value, 0, value.length);
  const [authority, length] = (outer?.tag === TAG.sequence ? elementsIn(value, outer, 2) : null) ?? [];
  found.isAuthority = authority?.tag === TAG.boolean && value[authority.from] === 0xff;
  if (length?.tag === TAG.integer) found.pathLength = length.to - length.from === 1 ? (value[length.from] ?? 0) : 0;
}

function readExtension(oid: string, value: Uint8Array, found: Extensions): boolean {
  const outer = derAt(value, 0, value.length);
  switch (oid) {
    case EXTENSION.constraints:
      readConstraints(value, found);
      return true;
    case EXTENSION.usages:
      found.usages =
        (outer === null ? null : elementsIn(value, outer, MOST_EXTENSIONS))?.map((der) => oidOf(value, der)) ?? [];
      return true;
    case EXTENSION.keyUsage: {
      // BIT STRING: the number of unused bits, then bits from the highest on.
      const bits = outer?.tag === TAG.bitString ? (value[outer.from + 1] ?? 0) : 0;
      found.keyUsage = 0;
      for (let i = 0; i < 8; i++) if ((bits & (0x80 >> i)) !== 0) found.keyUsage |= 1 << i;
      return true;
    }
    // Which policies hold is not asked; that there are some binds nobody.
    case EXTENSION.policies:
      return true;
    default:
      return false;
  }
}

/** null: they cannot be read, or one stands there twice. */
function readExtensions(bytes: Uint8Array, box: Der | undefined): Extensions | null {
  const found: Extensions = { isAuthority: false, pathLength: null, usages: null, keyUsage: null, unknownCritical: [] };
  const list = box === undefined ? null : derAt(bytes, box.from, box.to);
  if (box === undefined) return found;
  const seen = new Set<string>();
  const all = list?.tag === TAG.sequence ? elementsIn(bytes, list, MOST_EXTENSIONS) : null;
  if (all === null) return null;
  for (const one of all) {
    const parts = elementsIn(bytes, one, 3) ?? [];
    const oid = oidOf(bytes, parts[0]);
    const value = parts.at(-1);
    if (value?.tag !== TAG.octetString || (oid !== '' && seen.has(oid))) return null;
    seen.add(oid);
    const isCritical = parts.length === 3 && parts[1]?.tag === TAG.boolean && bytes[parts[1].from] !== 0;
    if (!readExtension(oid, contentOf(bytes, value), found) && isCritical) found.unknownCritical.push(oid);
  }
  return found;
}

/** null where the bytes are no certificate that can be read. Never throws, whatever the bytes. */
export function readCertificate(der: Uint8Array): CertificateFacts | null {
  const outer = derAt(der, 0, der.length);
  if (outer?.tag !== TAG.sequence || outer.to !== der.length) return null;
  const [body, signedBy] = elementsIn(der, outer, 3) ?? [];
  const all = body?.tag === TAG.sequence ? elementsIn(der, body, 10) : null;
  if (all === null || all === undefined) return null;
  const parts = all[0]?.tag === TAG.context0 ? all.slice(1) : all;
  const [serial, , issuer, validity, subject] = parts;
  const [from, to] = (validity?.tag === TAG.sequence ? elementsIn(der, validity, 2) : null) ?? [];
  const notBefore = timeOf(der, from);
  const notAfter = timeOf(der, to);
  const extensions = readExtensions(
    der,
    parts.find(({ tag }) => tag === TAG.context3),
  );
  if (serial?.tag !== TAG.integer || issuer?.tag !== TAG.sequence || subject?.tag !== TAG.sequence) return null;
  if (notBefore === null || notAfter === null || extensions === null || signedBy?.tag !== TAG.sequence) return null;
  return {
    subject: whole(der, subject),
    issuer: whole(der, issuer),
    serial: contentOf(der, serial),
    name: nameOf(der, subject),
    notBefore,
    notAfter,
    ...extensions,
    algorithm: oidOf(der, elementsIn(der, signedBy, 2)?.[0]),
  };
}
