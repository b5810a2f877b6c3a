/** The closed word lists of the glossary (docs/glossary.md). Each word is defined here and nowhere else. */

export const ARTIFACT_VERDICTS = ['trusted', 'unknown', 'suspicious', 'malicious'] as const;
export type ArtifactVerdict = (typeof ARTIFACT_VERDICTS)[number];

export const SCAN_VERDICTS = ['no_threats', 'incomplete', 'suspicious', 'infected'] as const;
export type ScanVerdict = (typeof SCAN_VERDICTS)[number];

/** What the public contract calls the four: our infected is its malicious. */
export const PUBLIC_SCAN_VERDICTS = ['no_threats', 'incomplete', 'suspicious', 'malicious'] as const;
export type PublicScanVerdict = (typeof PUBLIC_SCAN_VERDICTS)[number];

export const SUB_VERDICTS = [
  'known_trusted',
  'trusted',
  'probably_trusted',
  'known_library',
  'library',
  'known_malicious',
  'malicious',
  'administration_tool',
  'known_administration_tool',
  'packed',
  'probably_packed',
  'script',
  'suspicious',
  'unique',
  'no_genes',
  'almost_no_genes',
  'inconclusive',
  'installer',
  'no_code',
  'unknown',
  'file_type_not_supported',
  'non_native_code',
  'corrupted_file',
] as const;
export type SubVerdict = (typeof SUB_VERDICTS)[number];

export const FAMILY_TYPES = [
  'malware',
  'malicious_packer',
  'administration_tool',
  'application',
  'library',
  'installer',
  'interpreter',
  'packer',
] as const;
export type FamilyType = (typeof FAMILY_TYPES)[number];

export const ANALYSIS_STATES = ['queued', 'running', 'done', 'failed', 'unsupported'] as const;
export type AnalysisState = (typeof ANALYSIS_STATES)[number];

/** How code stands where it should not; a verdict says what it is. */
export const FINDING_KINDS = [
  'replaced',
  'header-modified',
  'patched',
  'hooked',
  'stomped',
  'implanted-image',
  'implanted-code',
  'unlinked',
  'unbacked-thread',
  'deleted-file',
  'foreign-code',
  'masquerade',
  'preload',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

export const LAYOUTS = ['file', 'mapped', 'raw'] as const;
export type Layout = (typeof LAYOUTS)[number];

export const SCOPES = ['global', 'organisation'] as const;
export type Scope = (typeof SCOPES)[number];

/** Traffic Light Protocol 2.0: with whom knowledge may be shared, from anybody to nobody. */
export const TLPS = ['clear', 'green', 'amber', 'amber+strict', 'red'] as const;
export type Tlp = (typeof TLPS)[number];

/** What a source of knowledge is. */
export const SOURCE_KINDS = ['pack', 'import', 'hashes'] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

export const PERMISSIONS = ['scan', 'read', 'full'] as const;
export type Permission = (typeof PERMISSIONS)[number];

export const ROLES = ['operator', 'administrator', 'analyst', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

/** The reserved organisation that owns global labels and genes. */
export const GLOBAL_ORGANISATION = '00000000-0000-0000-0000-000000000000';

/** Why something was not read. The first group makes a scan incomplete, the second is only reported. */
export const NOT_READ_REASONS = [
  'no_privileges',
  'timeout',
  'limit',
  'io_error',
  'unsupported',
  'internal',
  'exited',
  'kernel_thread',
  'protected',
  'scanner_itself',
] as const;
export type NotReadReason = (typeof NOT_READ_REASONS)[number];

export const INCOMPLETE_REASONS: readonly NotReadReason[] = [
  'no_privileges',
  'timeout',
  'limit',
  'io_error',
  'unsupported',
  'internal',
];
