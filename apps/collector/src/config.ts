import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { listOf, RECEIVER_OPTIONS, type TlsConfig, tlsOf } from '@genehound/intake';
import { z } from 'zod';

/** Every option of the collector: environment -> checked -> frozen. */
const options = z.object({
  /** Where everything lies: scans, keys, the generated certificate. */
  GENEHOUND_COLLECTOR_DATA: z.string().min(1).optional(),
  /** Open to the private network: that is what a collector is for, and why it speaks HTTPS there. */
  GENEHOUND_HOST: z.string().min(1).default('0.0.0.0'),
  GENEHOUND_PORT: z.coerce.number().int().min(0).max(65_535).default(8443),
  ...RECEIVER_OPTIONS,
  GENEHOUND_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** Seconds of silence after which an open scan is closed as interrupted. */
  GENEHOUND_SCAN_QUIET_SECONDS: z.coerce.number().int().min(1).max(604_800).default(3_600),
  /** Bytes that all scans together may take; 0: as many as the disk has. Beyond, uploads are refused with 507. */
  GENEHOUND_COLLECTOR_QUOTA_BYTES: z.coerce.number().int().min(0).default(0),
  /** Bytes that stay free on the disk. */
  GENEHOUND_MINIMUM_FREE_BYTES: z.coerce.number().int().min(0).default(268_435_456),
});

export interface CollectorConfig {
  readonly data: string;
  readonly host: string;
  readonly port: number;
  readonly tls: TlsConfig;
  readonly trustedProxies: readonly string[];
  readonly logLevel: string;
  readonly scanQuietSeconds: number;
  readonly quotaBytes: number;
  readonly minimumFreeBytes: number;
}

/** Root: /var/lib/genehound-collector. A user: ~/.local/share/genehound-collector. */
export function defaultCollectorDirectory(): string {
  return process.getuid?.() === 0
    ? '/var/lib/genehound-collector'
    : join(homedir(), '.local', 'share', 'genehound-collector');
}

/** Throws an Error whose message names the option that is wrong. Empty values count as not given. */
export function readCollectorConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): CollectorConfig {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = options.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`The option ${issue?.path.join('.') ?? ''} is not valid: ${issue?.message ?? ''}`);
  }
  const values = parsed.data;
  return Object.freeze({
    data: resolve(values.GENEHOUND_COLLECTOR_DATA ?? defaultCollectorDirectory()),
    host: values.GENEHOUND_HOST,
    port: values.GENEHOUND_PORT,
    tls: tlsOf(values, values.GENEHOUND_HOST),
    trustedProxies: listOf(values.GENEHOUND_TRUSTED_PROXIES),
    logLevel: values.GENEHOUND_LOG_LEVEL,
    scanQuietSeconds: values.GENEHOUND_SCAN_QUIET_SECONDS,
    quotaBytes: values.GENEHOUND_COLLECTOR_QUOTA_BYTES,
    minimumFreeBytes: values.GENEHOUND_MINIMUM_FREE_BYTES,
  });
}
