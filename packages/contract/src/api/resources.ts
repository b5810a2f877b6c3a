import { z } from 'zod';
import { artifactVerdict } from '../evidence.ts';
import { sha256Text } from '../scan/common.ts';
import {
  ANALYSIS_STATES,
  FAMILY_TYPES,
  LAYOUTS,
  PERMISSIONS,
  PUBLIC_SCAN_VERDICTS,
  ROLES,
  SCOPES,
} from '../vocabulary.ts';

/** Resources of /api/v1. Times RFC 3339 in UTC, addresses `0x…`, ids UUID. */

export const time = z.string();
export const id = z.uuid();
export const page = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(200).optional(),
});

export const status = z.object({
  name: z.literal('genehound'),
  version: z.string(),
  schema: z.int(),
  database: z.enum(['embedded', 'external']),
  ready: z.boolean(),
});

export const me = z.object({
  name: z.string(),
  organisation: id,
  roles: z.array(z.enum(ROLES)),
  permission: z.enum(PERMISSIONS),
});

export const key = z.object({
  id,
  name: z.string(),
  permission: z.enum(PERMISSIONS),
  huntId: id.nullable(),
  createdAt: time,
  createdBy: z.string(),
  expiresAt: time.nullable(),
  revokedAt: time.nullable(),
  lastUsedAt: time.nullable(),
  /** Of its own; null: the installation's. */
  requestsPerMinute: z.int().nullable(),
  /** Of requests; null: no end. */
  bytesPerHour: z.int().nullable(),
});
export const newKey = z.object({
  name: z.string().min(1).max(200),
  permission: z.enum(PERMISSIONS),
  huntId: id.optional(),
  /** Seconds from now; ten years at most. */
  expiresIn: z.int().positive().max(315_360_000).optional(),
  requestsPerMinute: z.int().positive().max(100_000_000).optional(),
  bytesPerHour: z.int().positive().optional(),
});
/** `secret` is shown this once. */
export const createdKey = key.extend({ secret: z.string() });

export const SCAN_STATES = ['receiving', 'analysing', 'done', 'failed'] as const;
export const scanSummary = z.object({
  id,
  state: z.enum(SCAN_STATES),
  endpoint: z.object({ id, name: z.string() }).nullable(),
  huntId: id.nullable(),
  verdict: z.enum(PUBLIC_SCAN_VERDICTS).nullable(),
  families: z.array(z.string()),
  artifacts: z.object({ trusted: z.int(), unknown: z.int(), suspicious: z.int(), malicious: z.int() }).nullable(),
  createdAt: time,
  endedAt: time.nullable(),
  finishedAt: time.nullable(),
  /** Artifacts still to be analysed. */
  pending: z.int(),
});
/** One value, or several: `?verdict=malicious&verdict=suspicious`. */
const several = <T extends z.ZodType>(item: T) =>
  z
    .union([z.array(item).max(20), item])
    .transform((value) => (Array.isArray(value) ? value : [value]))
    .optional();
/** What listScans may be asked for; absent: all. */
export const scanQuery = page.extend({
  verdict: several(z.enum(PUBLIC_SCAN_VERDICTS)),
  /** Named by the scan's verdict. */
  family: several(z.string().min(1).max(200)),
  /** A part of the endpoint's name, in any case. */
  search: z.string().min(1).max(200).optional(),
  endpointId: id.optional(),
  huntId: id.optional(),
  /** Received in this time; `to` is exclusive. */
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional(),
});
export const scanList = z.object({ items: z.array(scanSummary), nextCursor: z.string().nullable() });

export const processNode = z.object({
  pid: z.int(),
  parent: z.int(),
  path: z.string().nullable(),
  commandLine: z.string().nullable(),
  user: z.string().nullable(),
  startedAt: time.nullable(),
  verdict: z.enum(['trusted', 'unknown', 'suspicious', 'malicious']).nullable(),
  artifacts: z.int(),
});
export const processList = z.object({ items: z.array(processNode) });

export const artifact = z.object({
  sha256: sha256Text,
  layout: z.enum(LAYOUTS),
  size: z.int(),
  state: z.enum(ANALYSIS_STATES),
  problem: z.string().nullable(),
  /** Why code-sequence rules could not be run over it; null where they could, or were not yet. */
  signatureProblem: z.string().nullable(),
  /** Of a program of Windows: who signed it, itself or by a catalog; null for all others. */
  signed: z
    .object({
      /** SHA-256 digest of Authenticode, by which catalogs name it; null where no signature can count. */
      digest: z.string().nullable(),
      /** Why signatures that it has do not count. */
      problems: z.array(z.string()),
      items: z.array(
        z.object({
          subject: z.string().nullable(),
          catalog: z.string().nullable(),
          stampedAt: time.nullable(),
          /** By a publisher that the organisation trusts. */
          trusted: z.boolean(),
          /** By such a publisher, at a time in which its certificate does not hold. */
          untimely: z.boolean(),
        }),
      ),
    })
    .nullable(),
  /** What hash lists say that the file is; known is not trusted. */
  knownAs: z.array(z.object({ name: z.string(), version: z.string(), manufacturer: z.string(), source: z.string() })),
  verdict: artifactVerdict.nullable(),
});

/** Query of POST /api/v1/artifacts, whose body is the artifact's bytes. */
export const artifactQuery = z.object({ layout: z.enum(LAYOUTS).default('file') });

export const family = z.object({
  id,
  name: z.string(),
  type: z.enum(FAMILY_TYPES),
  scope: z.enum(SCOPES),
  samples: z.int(),
});
export const familyList = z.object({ items: z.array(family) });

/** Query of POST /api/v1/genome/samples, whose body is the file's bytes. */
export const sampleQuery = z.object({
  family: z.string().min(1).max(200),
  type: z.enum(FAMILY_TYPES),
  scope: z.enum(SCOPES),
  layout: z.enum(LAYOUTS).default('file'),
  /** Where it comes from, such as `debian:bash 5.2.15-2+b2` or a path as the user wrote it. */
  source: z.string().min(1).max(1000),
  /** The source of knowledge that the label is imported under. */
  sourceId: id.optional(),
  reason: z.string().max(1000).optional(),
});
export const sample = z.object({
  labelId: id,
  sha256: sha256Text,
  family: z.string(),
  state: z.enum(ANALYSIS_STATES),
  /** True where this exact label was there already. */
  known: z.boolean(),
});
/** Which of these are labelled so already: makes `index` resumable without sending bytes. */
export const knownQuery = z.object({
  family: z.string().min(1).max(200),
  scope: z.enum(SCOPES),
  layout: z.enum(LAYOUTS).default('file'),
  sha256: z.array(sha256Text).max(10_000),
});
export const knownAnswer = z.object({ known: z.array(sha256Text) });

export const genomeStatus = z.object({
  /** Samples whose genes are not extracted yet. */
  pendingSamples: z.int(),
  /** Generation of the labels and of the index that answers; equal when the index is current. */
  globalGeneration: z.int(),
  organisationGeneration: z.int(),
  indexCurrent: z.boolean(),
  families: z.int(),
  samples: z.int(),
  genes: z.int(),
});

export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  /** Also `error`, as the public contract names it. */
  error: z.string(),
});
