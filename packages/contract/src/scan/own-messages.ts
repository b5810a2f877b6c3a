import { z } from 'zod';
import { FINDING_KINDS, LAYOUTS, NOT_READ_REASONS } from '../vocabulary.ts';
import { LIMITS, longText, pathText, processId, sha256Text, shortText, unsigned64 } from './common.ts';

/** What our scanner sends in addition. Public clients do not, and lose nothing but completeness. */

const list = <T extends z.ZodType>(item: T) => z.array(item).max(LIMITS.itemsPerMessage);
const messageVersion = z.int().positive();

/** The checks of one process, in the order in which they run. */
export const CHECKS = [
  'process',
  'modules',
  'module_files',
  'regions',
  'modified_code',
  'threads',
  'working_set',
  'imports',
  'preload',
] as const;
export type Check = (typeof CHECKS)[number];

export const CHECK_STATES = ['done', 'partial', 'not_possible'] as const;

export const checkResult = z.looseObject({
  check: z.enum(CHECKS),
  state: z.enum(CHECK_STATES),
  /** Always there unless the state is done. */
  reason: z.enum(NOT_READ_REASONS).optional(),
  details: longText.optional(),
});
export type CheckResult = z.infer<typeof checkResult>;

export const processCoverage = z.looseObject({
  pid: processId,
  /** True where every check is done. */
  read: z.boolean(),
  /** Why the process as a whole was not read. */
  reason: z.enum(NOT_READ_REASONS).optional(),
  details: longText.optional(),
  checks: z.array(checkResult).max(32),
});
export type ProcessCoverage = z.infer<typeof processCoverage>;

export const scanProblem = z.looseObject({
  code: z.enum(NOT_READ_REASONS),
  message: longText,
  pid: processId.optional(),
  path: pathText.optional(),
});
export type ScanProblem = z.infer<typeof scanProblem>;

export const coverageInfo = z.looseObject({
  version: messageVersion,
  /** True where everything readable at full privilege was read. */
  complete: z.boolean(),
  privileges: z.looseObject({
    user: shortText,
    /** Names such as CAP_SYS_PTRACE; on Windows privilege names. */
    held: z.array(shortText).max(128),
    missing: z.array(shortText).max(128),
  }),
  processes: list(processCoverage),
  problems: list(scanProblem),
});
export type CoverageInfo = z.infer<typeof coverageInfo>;

export const REGION_BACKINGS = ['anonymous', 'shared_anonymous', 'memfd', 'deleted_file', 'file', 'special'] as const;

/**
 * code: passed the test for code, collected. jit_code: code with evidence of a JIT engine, collected, no finding.
 * executable_data: executable by permission only, listed and never sent. unread: could not be read.
 */
export const REGION_CLASSES = ['code', 'jit_code', 'executable_data', 'unread'] as const;

export const regionInfo = z.looseObject({
  pid: processId,
  base_address: unsigned64,
  size_in_bytes: unsigned64,
  resident_size_in_bytes: unsigned64.optional(),
  /** As in the map: r-xp, rwxp, r-xs … */
  protection: shortText,
  backing: z.enum(REGION_BACKINGS),
  path: pathText.optional(),
  classification: z.enum(REGION_CLASSES),
  /** Sentences that say what the classification follows from. */
  evidence: z.array(longText).max(64),
  jit_engine: shortText.optional(),
  /** The artifact that was taken from this region. */
  sha256: sha256Text.optional(),
  layout: z.enum(LAYOUTS).optional(),
  /** Bytes that were collected, where limits left some out. */
  collected_size_in_bytes: unsigned64.optional(),
  thread_ids: z.array(processId).max(4096).optional(),
});
export type RegionInfo = z.infer<typeof regionInfo>;

export const findingInfo = z.looseObject({
  finding: z.enum(FINDING_KINDS),
  pid: processId,
  base_address: unsigned64,
  size_in_bytes: unsigned64.optional(),
  /** The module that was changed or the file that is gone. */
  module_path: pathText.optional(),
  /** The artifact that holds the code. */
  sha256: sha256Text.optional(),
  layout: z.enum(LAYOUTS).optional(),
  /** Changed ranges, RVAs in that artifact; judged alone for patched and hooked. */
  changes: z
    .array(z.looseObject({ rva: z.int().nonnegative().max(0xffff_ffff), size_in_bytes: z.int().positive() }))
    .max(LIMITS.changesPerFinding)
    .optional(),
  /** The module files into which the changes pass control; only where all of them do that and nothing else. */
  leads_to: z.array(pathText).max(64).optional(),
  thread_id: processId.optional(),
  /** Further processes in which the very same was found: the finding stands for them, too. */
  other_pids: z.array(processId).max(4096).optional(),
  details: longText,
});
export type FindingInfo = z.infer<typeof findingInfo>;

export const identityInfo = z.looseObject({
  version: messageVersion,
  machine_id: shortText.optional(),
  host_name: shortText.optional(),
  domain: shortText.optional(),
  hardware_uuid: shortText.optional(),
  addresses: z.array(shortText).max(256).optional(),
});
export type IdentityInfo = z.infer<typeof identityInfo>;

/** The scan's own account of all that it handed over before its end; sizes are before compression. */
export const manifestInfo = z.looseObject({
  version: messageVersion,
  scanner: z.looseObject({ version: shortText, platform: shortText, sha256: sha256Text.optional() }),
  /** RFC 3339 with the endpoint's offset from UTC. */
  clock: z.looseObject({ started: shortText, ended: shortText }),
  /** User names, profile paths and command lines are pseudonyms. */
  private: z.boolean(),
  messages: list(z.looseObject({ route: shortText, sha256: sha256Text, size_in_bytes: unsigned64 })),
  artifacts: list(
    z.looseObject({ route: shortText, sha256: sha256Text, layout: z.enum(LAYOUTS), size_in_bytes: unsigned64 }),
  ),
  /** Artifacts beyond those that are listed. */
  left_out: z.int().nonnegative(),
});
export type ManifestInfo = z.infer<typeof manifestInfo>;
