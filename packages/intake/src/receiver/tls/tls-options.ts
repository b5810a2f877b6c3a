import { resolve } from 'node:path';
import { z } from 'zod';

export type TlsConfig =
  | { readonly mode: 'off' }
  | { readonly mode: 'generated'; readonly names: readonly string[] }
  | { readonly mode: 'files'; readonly certificate: string; readonly key: string };

/** Options of every program that receives scans. */
export const RECEIVER_OPTIONS = {
  /**
   * How it is reached: `off` is HTTP, for loopback or behind a reverse proxy; `generated` is HTTPS with a certificate of
   * this installation's own authority; `files` is HTTPS with GENEHOUND_TLS_CERT and GENEHOUND_TLS_KEY. Without it: files
   * where they are given, off on loopback, else generated, so that nothing goes over a network in the clear by mistake.
   */
  GENEHOUND_TLS: z.enum(['off', 'generated', 'files']).optional(),
  /** PEM files: the certificate with its chain, and its key. Read again when they change. */
  GENEHOUND_TLS_CERT: z.string().min(1).optional(),
  GENEHOUND_TLS_KEY: z.string().min(1).optional(),
  /** Further names and addresses, separated by commas, for the generated certificate; the machine's own are in it. */
  GENEHOUND_TLS_NAMES: z.string().default(''),
  /**
   * Reverse proxies, as addresses or networks separated by commas, whose X-Forwarded-For, -Proto and -Host are believed.
   * Without any, what a client claims in them counts for nothing.
   */
  GENEHOUND_TRUSTED_PROXIES: z.string().default(''),
} as const;

interface ReceiverValues {
  readonly GENEHOUND_TLS?: 'off' | 'generated' | 'files' | undefined;
  readonly GENEHOUND_TLS_CERT?: string | undefined;
  readonly GENEHOUND_TLS_KEY?: string | undefined;
  readonly GENEHOUND_TLS_NAMES: string;
}

/** What a list in an option names. */
export const listOf = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

/** Throws an Error where the options do not go together. */
export function tlsOf(values: ReceiverValues, host: string): TlsConfig {
  const { GENEHOUND_TLS: mode, GENEHOUND_TLS_CERT: certificate, GENEHOUND_TLS_KEY: key } = values;
  const files = certificate !== undefined || key !== undefined;
  if (mode === 'files' || (mode === undefined && files)) {
    if (certificate === undefined || key === undefined)
      throw new Error('GENEHOUND_TLS_CERT and GENEHOUND_TLS_KEY are needed together.');
    return { mode: 'files', certificate: resolve(certificate), key: resolve(key) };
  }
  if (files) throw new Error(`GENEHOUND_TLS_CERT and GENEHOUND_TLS_KEY are given, but GENEHOUND_TLS is ${mode}.`);
  if (mode === 'off' || (mode === undefined && isLoopback(host))) return { mode: 'off' };
  return { mode: 'generated', names: listOf(values.GENEHOUND_TLS_NAMES) };
}
