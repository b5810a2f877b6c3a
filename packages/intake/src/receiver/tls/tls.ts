import { createHash, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { Server } from 'node:https';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { Log } from '../log.ts';
import { generatedCertificate } from './generated.ts';
import type { TlsConfig } from './tls-options.ts';

/** What the HTTPS server shows. */
export interface Certificate {
  /** PEM, the server's own first. */
  readonly certificate: string;
  readonly key: string;
  /** PEM of the generated authority; null where the operator brought a certificate. */
  readonly authority: string | null;
  /** What scanners pin: SHA-256 of the authority's certificate, else of the server's own. Lower-case hexadecimal. */
  readonly fingerprint: string;
}

export function fingerprintOf(pem: string): string {
  return createHash('sha256').update(new X509Certificate(pem).raw).digest('hex');
}

/** Throws an Error that says what is wrong with the files. */
async function readFiles(certificateFile: string, keyFile: string): Promise<Certificate> {
  let certificate: string;
  let key: string;
  try {
    certificate = await readFile(certificateFile, 'utf8');
    key = await readFile(keyFile, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `The certificate or its key cannot be read (${why}); see GENEHOUND_TLS_CERT and GENEHOUND_TLS_KEY.`,
    );
  }
  try {
    // Refuses a key that is another certificate's, too.
    createSecureContext({ cert: certificate, key });
    return { certificate, key, authority: null, fingerprint: fingerprintOf(certificate) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${certificateFile} and ${keyFile} are no certificate with its key in PEM (${why}).`);
  }
}

/** Null for plain HTTP. */
export async function openCertificate(tls: TlsConfig, data: string): Promise<Certificate | null> {
  if (tls.mode === 'off') return null;
  if (tls.mode === 'files') return await readFiles(tls.certificate, tls.key);
  const made = await generatedCertificate(join(data, 'tls'), tls.names, new Date());
  return { ...made, fingerprint: fingerprintOf(made.authority) };
}

/** Milliseconds between two looks at the operator's files, and at the generated certificate's age. */
const FILES_EVERY = 5_000;
const GENERATED_EVERY = 43_200_000;

async function stampOf(tls: TlsConfig): Promise<string> {
  if (tls.mode !== 'files') return '';
  const times = await Promise.all([tls.certificate, tls.key].map(async (path) => (await stat(path)).mtimeMs));
  return times.join();
}

/**
 * Shows a renewed certificate without a restart, to connections that come after it. A file that is not there or not
 * sound, as in the middle of a renewal, is told of once and leaves the one before in its place.
 */
export async function watchCertificate(
  tls: TlsConfig,
  data: string,
  server: Pick<Server, 'setSecureContext'>,
  log: Log,
): Promise<() => void> {
  let stamp = await stampOf(tls);
  let shown = (await openCertificate(tls, data))?.certificate;
  const look = async (): Promise<void> => {
    const now = await stampOf(tls);
    if (tls.mode === 'files' && now === stamp) return;
    stamp = now;
    const fresh = await openCertificate(tls, data);
    if (fresh === null || fresh.certificate === shown) return;
    server.setSecureContext({ cert: fresh.certificate, key: fresh.key });
    shown = fresh.certificate;
    log.info({ fingerprint: fresh.fingerprint }, 'a renewed certificate is in use');
  };
  const period = tls.mode === 'files' ? FILES_EVERY : GENERATED_EVERY;
  let complained = '';
  const timer = setInterval(() => {
    look().catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      if (why !== complained) log.error({ err: error }, 'the renewed certificate cannot be used');
      complained = why;
    });
  }, period);
  timer.unref();
  return () => clearInterval(timer);
}
