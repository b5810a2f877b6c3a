import { z } from 'zod';
import { sha256Text } from '../scan/common.ts';
import {
  ARTIFACT_VERDICTS,
  FAMILY_TYPES,
  FINDING_KINDS,
  LAYOUTS,
  PUBLIC_SCAN_VERDICTS,
  SCOPES,
  SUB_VERDICTS,
} from '../vocabulary.ts';
import { id, page, scanSummary, time } from './resources.ts';

/** The fleet: its endpoints and where each stands, what an analyst has to look at now, and finding anything. */

/** not_judged: no scan of it was judged yet. */
export const ENDPOINT_STANDINGS = [...PUBLIC_SCAN_VERDICTS, 'not_judged'] as const;
const standing = z.enum(ENDPOINT_STANDINGS);

export const endpointRow = z.object({
  id,
  name: z.string(),
  operatingSystem: z.string().nullable(),
  /** name_only: nothing but its name is known of it. */
  identity: z.enum(['confirmed', 'name_only']),
  /**
   * Of its newest judged scan. A scan that could not see everything clears nothing: behind an incomplete one an
   * accusation of the last whole scan still stands.
   */
  standing,
  families: z.array(z.string()),
  /** The scan that says so. */
  scan: z.object({ id, createdAt: time }).nullable(),
  artifacts: scanSummary.shape.artifacts,
  firstSeenAt: time,
  lastSeenAt: time,
});

const several = <T extends z.ZodType>(item: T) =>
  z
    .union([z.array(item).max(20), item])
    .transform((value) => (Array.isArray(value) ? value : [value]))
    .optional();

export const ENDPOINT_SORTS = ['name', 'seen', 'standing'] as const;
/** By number, since whoever scrolls fifty thousand rows jumps. */
export const endpointQuery = z.object({
  offset: z.coerce.number().int().min(0).max(10_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  standing: several(standing),
  /** Named by the standing. */
  family: z.string().min(1).max(200).optional(),
  /** A part of the name or of the operating system, in any case. */
  search: z.string().min(1).max(200).optional(),
  /** seen: newest first. standing: the worst first. */
  sort: z.enum(ENDPOINT_SORTS).default('name'),
});
export const endpointList = z.object({
  items: z.array(endpointRow),
  /** All that fit. */
  total: z.int(),
});

export const endpoint = endpointRow.extend({
  /** What it was ever called, newest first; 50 at most. The endpoint's word. */
  identities: z.array(z.object({ kind: z.string(), value: z.string(), seenAt: time })),
  scans: z.int(),
});

const changedCode = z.object({
  sha256: sha256Text,
  layout: z.enum(LAYOUTS),
  verdict: z.enum(ARTIFACT_VERDICTS).nullable(),
  /** One of its places. */
  path: z.string().nullable(),
  pid: z.int(),
});
/** Code that one scan of an endpoint saw and another did not. */
export const scanChanges = z.object({
  /** The judged scan of the same endpoint before this one; null where there is none to compare with. */
  since: z.object({ id, createdAt: time }).nullable(),
  appeared: z.int(),
  gone: z.int(),
  /** The worst first; 500 at most. */
  appearedItems: z.array(changedCode),
  goneItems: z.array(changedCode),
});

const place = z.object({
  sha256: sha256Text,
  layout: z.enum(LAYOUTS),
  verdict: z.enum(ARTIFACT_VERDICTS),
  path: z.string().nullable(),
  pid: z.int(),
  findings: z.array(z.enum(FINDING_KINDS)),
  /** The first sentence of its evidence. */
  why: z.string().nullable(),
});
export const overview = z.object({
  /** Endpoints by standing. */
  endpoints: z.record(standing, z.int()),
  /** Endpoints that are accused, the worst and newest first; eight at most. */
  threats: z.array(endpointRow.extend({ place: place.nullable() })),
  unknown: z.object({
    clusters: z.int(),
    /** First seen within seven days. */
    recent: z.int(),
    /** Endpoints that have the rarest one; null where there is none. */
    rarest: z.int().nullable(),
  }),
  /** Known software that holds functions of no release. */
  foreign: z.int(),
  /** Acquittals that later knowledge contradicts. */
  conflicts: z.int(),
  /** The last fourteen days in UTC, the oldest first. */
  days: z.array(
    z.object({
      day: z.string(),
      /** Scans judged, and of these how many accuse. */
      scans: z.int(),
      accusing: z.int(),
      /** Clusters of unknown code first seen. */
      unknown: z.int(),
    }),
  ),
});

/** What the server is doing. */
export const activity = z.object({
  receiving: z.int(),
  analysing: z.int(),
  /** Artifacts to be analysed, counted up to ten thousand. */
  artifacts: z.int(),
  retroHunts: z.int(),
});

export const searchQuery = z.object({ q: z.string().trim().min(2).max(500) });
export const FOUND_KINDS = ['endpoint', 'scan', 'artifact', 'family', 'hunt', 'cluster'] as const;
export const found = z.object({
  items: z.array(
    z.object({
      kind: z.enum(FOUND_KINDS),
      /** UUID; of an artifact its SHA-256. */
      id: z.string(),
      layout: z.enum(LAYOUTS).nullable(),
      name: z.string(),
      /** What of it fits, or what else helps to tell it apart. */
      note: z.string().nullable(),
    }),
  ),
  /** What could not be looked through in time: the answer may lack such. */
  partial: z.array(z.enum(['paths'])),
});

export const foreignQuery = page;
/** Known software with functions of no release of it, newest first. */
export const foreignList = z.object({
  items: z.array(
    z.object({
      sha256: sha256Text,
      layout: z.enum(LAYOUTS),
      verdict: z.enum(ARTIFACT_VERDICTS),
      /** The software that it is. */
      family: z.string().nullable(),
      path: z.string().nullable(),
      why: z.string().nullable(),
      endpoints: z.int(),
      judgedAt: time,
    }),
  ),
  nextCursor: z.string().nullable(),
});

export const familyDetails = z.object({
  id,
  name: z.string(),
  type: z.enum(FAMILY_TYPES),
  scope: z.enum(SCOPES),
  createdAt: time,
  /** Labels that hold. */
  samples: z.int(),
  /** The newest ones; 500 at most. */
  members: z.array(
    z.object({
      labelId: id,
      sha256: sha256Text,
      layout: z.enum(LAYOUTS),
      source: z.string(),
      basis: z.enum(['genes', 'hash']),
      /** Distinct genes of the sample; null where they are not extracted. */
      genes: z.int().nullable(),
      createdAt: time,
      createdBy: z.string(),
    }),
  ),
  /** Endpoints that stand accused of it. */
  endpoints: z.int(),
  /** Artifacts whose evidence names it, of the accused ones; the newest, 100 at most. */
  artifacts: z.array(
    z.object({
      sha256: sha256Text,
      layout: z.enum(LAYOUTS),
      verdict: z.enum(ARTIFACT_VERDICTS),
      subVerdict: z.enum(SUB_VERDICTS),
      path: z.string().nullable(),
    }),
  ),
});

export const SCANNER_PLATFORMS = ['windows-amd64', 'linux-amd64', 'linux-arm64'] as const;
export const scannerParams = z.object({ platform: z.enum(SCANNER_PLATFORMS) });
export const scannerList = z.object({
  items: z.array(
    z.object({
      platform: z.enum(SCANNER_PLATFORMS),
      file: z.string(),
      /** null: this build is not on the server. */
      build: z.object({ size: z.int(), sha256: sha256Text }).nullable(),
    }),
  ),
});

/** Addresses of the public contract, `/analyses/{id}` and `/endpoint-analyses/{id}?sub=…`, as what they stand for here. */
export const analysisQuery = z.object({ sub: z.string().min(1).max(200).optional() });
export const analysisLink = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('scan'), id }),
  z.object({ kind: z.literal('artifact'), sha256: sha256Text, layout: z.enum(LAYOUTS) }),
  /** A file that is no code: only its hash is known. */
  z.object({ kind: z.literal('file'), sha256: sha256Text }),
]);

/** Where an artifact was seen over the fleet. */
export const sightingList = z.object({
  /** Endpoints that ever had it, of `fleet` in all. */
  endpoints: z.int(),
  fleet: z.int(),
  firstSeenAt: time.nullable(),
  /** Of each endpoint the newest one; the newest first, 500 at most. */
  items: z.array(
    z.object({
      endpoint: z.object({ id, name: z.string() }).nullable(),
      scanId: id,
      seenAt: time,
      pid: z.int(),
      address: z.string(),
      path: z.string().nullable(),
      findings: z.array(z.enum(FINDING_KINDS)),
    }),
  ),
});
