import type { BlockList } from 'node:net';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { listOf, RECEIVER_OPTIONS, type TlsConfig, tlsOf } from '@genehound/intake';
import { z } from 'zod';
import { parseNetworks } from './platform/guarded-address.ts';

/**
 * Every option of the server: environment -> checked -> frozen. Nothing else in the server reads the environment.
 */
const options = z.object({
  /** Where all state lives: database, blobs, gene index, logs. Root gets the system's place, a user one of his own. */
  GENEHOUND_DATA: z.string().min(1).optional(),
  /** Loopback by default: whoever opens the server to the network does so knowingly. */
  GENEHOUND_HOST: z.string().min(1).default('127.0.0.1'),
  ...RECEIVER_OPTIONS,
  /** 0 lets the system choose; the handle names the port that was taken. */
  GENEHOUND_PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  /** A PostgreSQL of the operator's own; without it the embedded one is started. */
  DATABASE_URL: z.string().min(1).optional(),
  /** Connections to PostgreSQL. Requests and jobs share them; the embedded server admits 60. */
  GENEHOUND_DATABASE_CONNECTIONS: z.coerce.number().int().min(4).max(50).default(16),
  GENEHOUND_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** Seconds of silence after which an open scan counts as interrupted. A scanner may well work for ten minutes. */
  GENEHOUND_SCAN_QUIET_SECONDS: z.coerce.number().int().min(1).max(604_800).default(3_600),
  /** Bytes that stay free on the disk: below this uploads are refused, so that the database can still write. */
  GENEHOUND_MINIMUM_FREE_BYTES: z.coerce.number().int().min(0).default(268_435_456),
  /** Children that parse endpoint bytes. 0: one a core, at most 8. */
  GENEHOUND_ANALYSIS_WORKERS: z.coerce.number().int().min(0).max(64).default(0),
  /** Where the console's build lies; the default is the one of this checkout. */
  GENEHOUND_CONSOLE: z.string().min(1).optional(),
  /** Where the scanner's builds lie, which the server hands out; the default is the one of this checkout. */
  GENEHOUND_SCANNERS: z.string().min(1).optional(),
  /** Inner networks that notifications may go to, separated by commas, such as `10.0.0.0/8`; without it none. */
  GENEHOUND_NOTIFY_NETWORKS: z.string().optional(),
  /** Requests that a key or user makes in a minute, where nothing else is set for it: 5,000 scanners may share one. */
  GENEHOUND_REQUESTS_PER_MINUTE: z.coerce.number().int().min(1).default(60_000),
  /** Those of all keys and users of an organisation. */
  GENEHOUND_ORGANISATION_REQUESTS_PER_MINUTE: z.coerce.number().int().min(1).default(240_000),
  /** A JSON file that names an OpenID Connect provider and whom it lets in (docs/operate.md). */
  GENEHOUND_SIGN_IN_PROVIDER: z.string().min(1).optional(),
  /** For tests: an answer that is not what the contract says of it is a failure of the server. */
  GENEHOUND_CHECK_ANSWERS: z.enum(['0', '1']).default('0'),
  /** A JSON file of commands that start the scanners of a round (docs/hunts.md). */
  GENEHOUND_RUNNERS: z.string().min(1).optional(),
  /** The bearer token with which Prometheus reads `/metrics`; without it there is no such page. */
  GENEHOUND_METRICS_TOKEN: z.string().min(16).max(200).optional(),
  /** For tests of durability: `name[:n]` ends the process by SIGKILL at the n-th pass of that point. */
  GENEHOUND_FAULT: z
    .string()
    .regex(/^[a-z:-]+(:\d+)?$/)
    .optional(),
});

export interface ServerConfig {
  readonly data: string;
  readonly tls: TlsConfig;
  readonly trustedProxies: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly databaseUrl: string | null;
  readonly databaseConnections: number;
  readonly logLevel: string;
  readonly scanQuietSeconds: number;
  readonly minimumFreeBytes: number;
  readonly analysisWorkers: number;
  readonly console: string;
  readonly scanners: string;
  readonly notifyNetworks: BlockList;
  readonly requestsPerMinute: number;
  readonly organisationRequestsPerMinute: number;
  readonly signInProvider: string | null;
  readonly checkAnswers: boolean;
  readonly runners: string | null;
  readonly metricsToken: string | null;
  readonly fault: string | null;
}

/** Root: /var/lib/genehound. A user: ~/.local/share/genehound. */
export function defaultDataDirectory(): string {
  return process.getuid?.() === 0 ? '/var/lib/genehound' : join(homedir(), '.local', 'share', 'genehound');
}

function networksOf(value: string): BlockList {
  try {
    return parseNetworks(listOf(value));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`The option GENEHOUND_NOTIFY_NETWORKS is not valid: ${why}`);
  }
}

/** Throws an Error whose message names the option that is wrong. Empty values count as not given. */
export function readServerConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ServerConfig {
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
    data: resolve(values.GENEHOUND_DATA ?? defaultDataDirectory()),
    host: values.GENEHOUND_HOST,
    tls: tlsOf(values, values.GENEHOUND_HOST),
    trustedProxies: listOf(values.GENEHOUND_TRUSTED_PROXIES),
    port: values.GENEHOUND_PORT,
    databaseUrl: values.DATABASE_URL ?? null,
    databaseConnections: values.GENEHOUND_DATABASE_CONNECTIONS,
    logLevel: values.GENEHOUND_LOG_LEVEL,
    scanQuietSeconds: values.GENEHOUND_SCAN_QUIET_SECONDS,
    minimumFreeBytes: values.GENEHOUND_MINIMUM_FREE_BYTES,
    analysisWorkers: values.GENEHOUND_ANALYSIS_WORKERS,
    console: values.GENEHOUND_CONSOLE ?? resolve(import.meta.dirname, '../../console/dist'),
    scanners: values.GENEHOUND_SCANNERS ?? resolve(import.meta.dirname, '../../../scanner/dist'),
    notifyNetworks: networksOf(values.GENEHOUND_NOTIFY_NETWORKS ?? ''),
    requestsPerMinute: values.GENEHOUND_REQUESTS_PER_MINUTE,
    organisationRequestsPerMinute: values.GENEHOUND_ORGANISATION_REQUESTS_PER_MINUTE,
    signInProvider: values.GENEHOUND_SIGN_IN_PROVIDER ?? null,
    checkAnswers: values.GENEHOUND_CHECK_ANSWERS === '1',
    runners: values.GENEHOUND_RUNNERS ?? null,
    metricsToken: values.GENEHOUND_METRICS_TOKEN ?? null,
    fault: values.GENEHOUND_FAULT ?? null,
  });
}
