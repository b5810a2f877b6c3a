import { X509Certificate } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { writeDurably } from '../../durable.ts';
import type { KeyedCertificate } from './authority.ts';

/** Days before its end when a server's certificate is made anew. */
const RENEW_DAYS = 30;
const DAY = 86_400_000;

/** Names under which scanners and browsers may reach this machine; the first one is its own. */
function ownNames(given: readonly string[]): readonly string[] {
  const addresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((entry) => !entry.internal && !entry.address.startsWith('fe80:'))
    .map((entry) => entry.address);
  return [...new Set([...given, hostname(), 'localhost', '127.0.0.1', '::1', ...addresses])];
}

async function readPair(directory: string, name: string): Promise<KeyedCertificate | null> {
  try {
    const [certificate, key] = await Promise.all(
      ['pem', 'key'].map((end) => readFile(join(directory, `${name}.${end}`), 'utf8')),
    );
    return { certificate: certificate ?? '', key: key ?? '' };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** The key goes first: a certificate without its key would be taken for a whole pair. */
async function writePair(directory: string, name: string, pair: KeyedCertificate): Promise<void> {
  await writeDurably(join(directory, `${name}.key`), pair.key);
  await writeDurably(join(directory, `${name}.pem`), pair.certificate);
}

/** True where the pair is the authority's, lasts, and has all names. */
function isFit(pair: KeyedCertificate, authority: KeyedCertificate, names: readonly string[], now: Date): boolean {
  const certificate = new X509Certificate(pair.certificate);
  const left = new Date(certificate.validTo).getTime() - now.getTime();
  const covers = (name: string): boolean =>
    (isIP(name) === 0 ? certificate.checkHost(name, { subject: 'never' }) : certificate.checkIP(name)) !== undefined;
  return (
    left > RENEW_DAYS * DAY &&
    certificate.verify(new X509Certificate(authority.certificate).publicKey) &&
    names.every(covers)
  );
}

/**
 * The certificate of this installation's own authority, made at the first start and kept in `directory`; the server's
 * own is made anew when it is near its end or the machine has other names. PEM: the server's, then the authority's.
 */
export async function generatedCertificate(
  directory: string,
  given: readonly string[],
  now: Date,
): Promise<KeyedCertificate & { readonly authority: string }> {
  // Loaded where it is needed: the library takes longer to load than the rest of the server.
  const { createAuthority, issueServer } = await import('./authority.ts');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const names = ownNames(given);
  let authority = await readPair(directory, 'authority');
  if (authority === null) {
    authority = await createAuthority(`Genehound on ${hostname()}`, now);
    await writePair(directory, 'authority', authority);
  }
  let server = await readPair(directory, 'server');
  if (server === null || !isFit(server, authority, names, now)) {
    server = await issueServer(authority, names, now);
    await writePair(directory, 'server', server);
  }
  return {
    certificate: `${server.certificate.trim()}\n${authority.certificate.trim()}\n`,
    key: server.key,
    authority: authority.certificate,
  };
}
