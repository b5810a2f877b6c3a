import { z } from 'zod';
import { evidence } from './evidence.ts';
import { originChain, originLink } from './origin.ts';
import { sha256Text } from './scan/common.ts';
import { FINDING_KINDS, LAYOUTS, NOT_READ_REASONS, PUBLIC_SCAN_VERDICTS, SUB_VERDICTS } from './vocabulary.ts';

/** A scan's report: what `npm run hunt -- --json` prints and what /api/v1/scans/{id}/report answers. */

const processRef = z.object({ pid: z.int(), path: z.string().nullable() });

export const notTrustedArtifact = z.object({
  sha256: sha256Text,
  layout: z.enum(LAYOUTS),
  verdict: z.enum(['unknown', 'suspicious', 'malicious']),
  subVerdict: z.enum(SUB_VERDICTS),
  /** Names of the families that the verdict names, strongest first. */
  families: z.array(z.string()),
  /** Where it was seen. Paths are the endpoint's word. */
  processes: z.array(processRef),
  path: z.string().nullable(),
  addresses: z.array(z.string().regex(/^0x[0-9a-f]+$/)),
  findings: z.array(z.enum(FINDING_KINDS)),
  why: z.array(z.string()),
  evidence: evidence.optional(),
  /** How it got there, oldest cause first, each link said to be seen or inferred. Absent: nothing is known of that. */
  origins: z.array(originLink).optional(),
  /** What the file says of itself, and who brought it; only of files, only what the scanner told. */
  file: z
    .object({
      package: z.string().nullable(),
      packageVersion: z.string().nullable(),
      product: z.string().nullable(),
      company: z.string().nullable(),
      version: z.string().nullable(),
      /** Subject of the certificate in its signature; no chain was followed. */
      signer: z.string().nullable(),
      /** Whether that signature is over this very file; null where the scanner does not say. */
      signatureMatches: z.boolean().nullable(),
      /** Of an image without a signature of its own: the endpoint's catalog that lists it, and whom that catalog names as its signer. */
      catalog: z.string().nullable(),
      catalogSigner: z.string().nullable(),
    })
    .optional(),
});

export const scanReport = z.object({
  version: z.literal(1),
  scanId: z.uuid(),
  endpoint: z.object({
    id: z.uuid(),
    name: z.string(),
    operatingSystem: z.string().nullable(),
    identity: z.enum(['confirmed', 'name_only']),
  }),
  hunt: z.object({ id: z.uuid(), name: z.string() }).nullable(),
  verdict: z.enum(PUBLIC_SCAN_VERDICTS),
  families: z.array(z.string()),
  reasons: z.array(z.string()),
  coverage: z.object({
    reported: z.boolean(),
    complete: z.boolean(),
    processes: z.object({
      seen: z.int(),
      read: z.int(),
      notRead: z.array(
        z.object({
          pid: z.int(),
          path: z.string().nullable(),
          reason: z.enum(NOT_READ_REASONS),
          details: z.string().nullable(),
          /** False where this alone leaves the scan complete (kernel threads, protected, ended). */
          incomplete: z.boolean(),
        }),
      ),
    }),
    problems: z.array(z.object({ code: z.string(), message: z.string() })),
  }),
  counts: z.object({ processes: z.int(), modules: z.int(), files: z.int(), regions: z.int(), findings: z.int() }),
  artifacts: z.object({ trusted: z.int(), unknown: z.int(), suspicious: z.int(), malicious: z.int() }),
  notTrusted: z.array(notTrustedArtifact),
  /** Code that came by way of another process, worst first. Absent: there is none, or the report is older. */
  chains: z.array(originChain).optional(),
  findings: z.array(
    z.object({
      finding: z.enum(FINDING_KINDS),
      pid: z.int(),
      path: z.string().nullable(),
      address: z.string(),
      sha256: sha256Text.nullable(),
      details: z.string(),
      /** Further processes in which the very same was found. */
      otherPids: z.array(z.int()).optional(),
    }),
  ),
  jitRegions: z.array(
    z.object({ pid: z.int(), path: z.string().nullable(), engine: z.string(), size: z.int(), address: z.string() }),
  ),
  times: z.object({ createdAt: z.string(), endedAt: z.string().nullable(), finishedAt: z.string().nullable() }),
});
export type ScanReport = z.infer<typeof scanReport>;

/** The one document of `npm run hunt -- --json`: a scan report with what surrounds it. */
export const huntReport = scanReport.extend({
  /** Wall-clock seconds: of the whole run and of its parts. */
  seconds: z.number(),
  phases: z.record(z.string(), z.number()),
  console: z.string(),
  scannerExit: z.int(),
  genome: z.object({
    families: z.int(),
    genes: z.int(),
    /** Packages whose own version was not in the archive; the genes of the newest were taken instead. */
    otherVersions: z.array(z.object({ package: z.string(), installed: z.string(), taken: z.string() })),
    /** What was lacking, one sentence each. */
    lacking: z.array(z.string()),
  }),
});
export type HuntReport = z.infer<typeof huntReport>;
