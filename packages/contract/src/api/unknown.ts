import { z } from 'zod';
import { FAMILY_TYPES, FINDING_KINDS, SUB_VERDICTS } from '../vocabulary.ts';
import { artifactRef, DECISION_KINDS, decided } from './decisions.ts';
import { id, page, time } from './resources.ts';

/** Unknown code over the fleet, in clusters of artifacts that share genes. */

const cluster = z.object({
  id,
  /** Where it is seen the most; the endpoints' word. */
  path: z.string().nullable(),
  members: z.int(),
  /** Endpoints that had one of its members; of all in `fleet`. */
  endpoints: z.int(),
  /** Distinct processes over all scans. */
  processes: z.int(),
  firstSeenAt: time.nullable(),
  lastSeenAt: time.nullable(),
  findings: z.array(z.enum(FINDING_KINDS)),
  /** Distinct genes of the member that has the most. */
  genes: z.int(),
  resembles: z.object({ family: z.string(), share: z.number() }).nullable(),
});

export const clusterQuery = page.extend({
  /** A part of the path, or of the family that it resembles, in any case. */
  search: z.string().min(1).max(500).optional(),
  finding: z.enum(FINDING_KINDS).optional(),
  maxEndpoints: z.coerce.number().int().min(1).max(1_000_000_000).optional(),
  /** First seen at or after this time. */
  since: z.iso.datetime({ offset: true }).optional(),
});
/** Rarest first. */
export const clusterList = z.object({
  items: z.array(cluster),
  nextCursor: z.string().nullable(),
  /** Endpoints in all. */
  fleet: z.int(),
});

export const clusterDetails = cluster.extend({
  /** The largest ones, 200 at most. */
  shownMembers: z.array(
    artifactRef.extend({
      genes: z.int(),
      subVerdict: z.enum(SUB_VERDICTS),
      path: z.string().nullable(),
      endpoints: z.int(),
    }),
  ),
  /** Newest first, 500 at most. */
  sightings: z.array(
    artifactRef.extend({
      scanId: id,
      endpoint: z.string().nullable(),
      seenAt: time,
      pid: z.int(),
      address: z.string(),
      path: z.string().nullable(),
      findings: z.array(z.enum(FINDING_KINDS)),
    }),
  ),
});

export const clusterDecision = z.object({
  kind: z.enum(DECISION_KINDS),
  family: z.string().min(1).max(200),
  type: z.enum(FAMILY_TYPES).optional(),
  reason: z.string().min(1).max(1000).optional(),
});
export const clusterDecided = decided;
