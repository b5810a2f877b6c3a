// Made from the migrations by sql/generate.ts; do not edit.
import type { ColumnType } from 'kysely';

interface AccessTokenTable {
  token_hash: ColumnType<Buffer, Uint8Array, Uint8Array>;
  organisation: string;
  key_id: string;
  expires_at: Date;
}

interface AcquittalConflictTable {
  organisation: string;
  label_id: string;
  number: ColumnType<number, never, never>;
  families: string[];
  raised_at: ColumnType<Date, Date | undefined, Date>;
  resolved_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
}

interface ApiKeyTable {
  organisation: string;
  id: string;
  key_hash: ColumnType<Buffer, Uint8Array, Uint8Array>;
  name: string;
  permission: string;
  hunt_id: ColumnType<string | null, string | null | undefined, string | null>;
  created_at: ColumnType<Date, Date | undefined, Date>;
  created_by: string;
  expires_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  revoked_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  last_used_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  requests_per_minute: ColumnType<number | null, number | null | undefined, number | null>;
  bytes_per_hour: ColumnType<number | null, number | null | undefined, number | null>;
}

interface ArtifactTable {
  organisation: string;
  sha256: ColumnType<Buffer, Uint8Array, Uint8Array>;
  layout: string;
  number: ColumnType<number, never, never>;
  size: number;
  stored: boolean;
  state: ColumnType<string, string | undefined, string>;
  problem: ColumnType<string | null, string | null | undefined, string | null>;
  received_at: ColumnType<Date, Date | undefined, Date>;
  analysed_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  md5: ColumnType<Buffer | null, Uint8Array | null | undefined, Uint8Array | null>;
  sha1: ColumnType<Buffer | null, Uint8Array | null | undefined, Uint8Array | null>;
  removed_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
}

interface ArtifactEndpointTable {
  organisation: string;
  sha256: ColumnType<Buffer, Uint8Array, Uint8Array>;
  layout: string;
  endpoint_id: string;
  first_scan: string;
  last_scan: string;
}

interface ArtifactSignatureTable {
  organisation: string;
  sha256: ColumnType<Buffer, Uint8Array, Uint8Array>;
  layout: string;
  version: number;
  problem: ColumnType<string | null, string | null | undefined, string | null>;
}

interface AuditTable {
  organisation: string;
  number: ColumnType<number, never, never>;
  at: ColumnType<Date, Date | undefined, Date>;
  actor: string;
  action: string;
  subject: ColumnType<string | null, string | null | undefined, string | null>;
  details: ColumnType<unknown, string | undefined, string>;
}

interface AuditLinkTable {
  organisation: string;
  position: number;
  number: number;
  digest: ColumnType<Buffer, Uint8Array, Uint8Array>;
}

interface AuthenticodeTable {
  organisation: string;
  sha256: ColumnType<Buffer, Uint8Array, Uint8Array>;
  layout: ColumnType<string, string | undefined, string>;
  digest: ColumnType<Buffer | null, Uint8Array | null | undefined, Uint8Array | null>;
  problems: ColumnType<string[], string[] | undefined, string[]>;
  examined_at: ColumnType<Date, Date | undefined, Date>;
}

interface CatalogTable {
  organisation: string;
  id: string;
  sha256: ColumnType<Buffer, Uint8Array, Uint8Array>;
  name: string;
  members: number;
  weak_members: number;
  reason: string;
  created_by: string;
  created_at: ColumnType<Date, Date | undefined, Date>;
  generation: number;
  removed_by: ColumnType<string | null, string | null | undefined, string | null>;
  removed_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  removal_reason: ColumnType<string | null, string | null | undefined, string | null>;
  removed_generation: ColumnType<number | null, number | null | undefined, number | null>;
}

interface CatalogMemberTable {
  organisation: string;
  catalog_id: string;
  digest: ColumnType<Buffer, Uint8Array, Uint8Array>;
}

interface CodeSearchTable {
  organisation: string;
  id: string;
  kind: string;
  question: ColumnType<unknown, string, string>;
  genes: ColumnType<Buffer | null, Uint8Array | null | undefined, Uint8Array | null>;
  least: ColumnType<number, number | undefined, number>;
  function_gene: ColumnType<string | null, string | null | undefined, string | null>;
  state: ColumnType<string, string | undefined, string>;
  problem: ColumnType<string | null, string | null | undefined, string | null>;
  until: ColumnType<number | null, number | null | undefined, number | null>;
  behind: ColumnType<number, number | undefined, number>;
  candidates: ColumnType<number, number | undefined, number>;
  searched: ColumnType<number, number | undefined, number>;
  unread: ColumnType<number, number | undefined, number>;
  broke: ColumnType<number, number | undefined, number>;
  hits: ColumnType<number, number | undefined, number>;
  cut: ColumnType<boolean, boolean | undefined, boolean>;
  created_by: string;
  created_at: ColumnType<Date, Date | undefined, Date>;
  finished_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
}

interface CodeSearchHitTable {
  organisation: string;
  search_id: string;
  number: number;
  matched: number;
  whole: ColumnType<boolean | null, boolean | null | undefined, boolean | null>;
}

interface CodeSignatureTable {
  organisation: string;
  number: ColumnType<number, never, never>;
  sha256: ColumnType<Buffer | null, Uint8Array | null | undefined, Uint8Array | null>;
  catalog_id: ColumnType<string | null, string | null | undefined, string | null>;
  signer: ColumnType<Buffer, Uint8Array, Uint8Array>;
  stamped_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
}

interface ContentTable {
  organisation: string;
  sha256: ColumnType<Buffer, Uint8Array, Uint8Array>;
  size: number;
  body: ColumnType<Buffer, Uint8Array, Uint8Array>;
}

interface DecisionTable {
  organisation: string;
  id: string;
  kind: string;
  basis: string;
  reason: ColumnType<string | null, string | null | undefined, string | null>;
  scan_id: ColumnType<string | null, string | null | undefined, string | null>;
  created_by: string;
  created_at: ColumnType<Date, Date | undefined, Date>;
}

interface EndpointTable {
  organisation: string;
  id: string;
  name: string;
  operating_system: ColumnType<string | null, string | null | undefined, string | null>;
  identity: string;
  first_seen_at: ColumnType<Date, Date | undefined, Date>;
  last_seen_at: ColumnType<Date, Date | undefined, Date>;
}

interface EndpointIdentityTable {
  organisation: string;
  kind: string;
  value: string;
  endpoint_id: string;
  confidence: number;
  seen_at: ColumnType<Date, Date | undefined, Date>;
}

interface FailedJobTable {
  organisation: string;
  id: string;
  queue: string;
  data: ColumnType<unknown, string, string>;
  tries: number;
  reason: string;
  failed_at: Date;
  decision: ColumnType<string | null, string | null | undefined, string | null>;
  decided_by: ColumnType<string | null, string | null | undefined, string | null>;
  decided_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
}

interface FamilyTable {
  organisation: string;
  id: string;
  number: ColumnType<number, never, never>;
  name: string;
  type: string;
  created_at: ColumnType<Date, Date | undefined, Date>;
}

interface FamilyFactsTable {
  organisation: string;
  family_organisation: string;
  family_id: string;
  aliases: ColumnType<string[], string[] | undefined, string[]>;
  links: ColumnType<unknown, string | undefined, string>;
  notes: ColumnType<string, string | undefined, string>;
  updated_by: string;
  updated_at: ColumnType<Date, Date | undefined, Date>;
}

interface FileAnalysisTable {
  organisation: string;
  id: string;
  sha256: ColumnType<Buffer, Uint8Array, Uint8Array>;
  layout: ColumnType<string | null, string | null | undefined, string | null>;
  file_name: ColumnType<string | null, string | null | undefined, string | null>;
  created_at: ColumnType<Date, Date | undefined, Date>;
  created_by: string;
}

interface GenerationTable {
  organisation: string;
  value: ColumnType<number, number | undefined, number>;
  rejudged: ColumnType<number, number | undefined, number>;
  rejudging: ColumnType<number, number | undefined, number>;
}

interface GenomeTable {
  organisation: string;
  sha256: ColumnType<Buffer, Uint8Array, Uint8Array>;
  layout: string;
  scheme: number;
  instruction_set: ColumnType<string | null, string | null | undefined, string | null>;
  gene_count: number;
  code_bytes: number;
  genes: ColumnType<Buffer, Uint8Array, Uint8Array>;
  body: ColumnType<Buffer, Uint8Array, Uint8Array>;
}

interface HuntTable {
  organisation: string;
  id: string;
  name: string;
  created_at: ColumnType<Date, Date | undefined, Date>;
  created_by: string;
  owner: ColumnType<string, string | undefined, string>;
  anyone: ColumnType<boolean, boolean | undefined, boolean>;
  scans_per_endpoint: ColumnType<string, string | undefined, string>;
  closed_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  cron: ColumnType<string | null, string | null | undefined, string | null>;
  time_zone: ColumnType<string | null, string | null | undefined, string | null>;
  round_seconds: ColumnType<number | null, number | null | undefined, number | null>;
  next_round_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  until_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  limits: ColumnType<unknown, string | undefined, string>;
  runner: ColumnType<string | null, string | null | undefined, string | null>;
}

interface HuntRoundTable {
  organisation: string;
  hunt_id: string;
  number: number;
  opens_at: Date;
  closes_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  told: ColumnType<boolean, boolean | undefined, boolean>;
  asked: ColumnType<boolean, boolean | undefined, boolean>;
}

interface HuntRunTable {
  organisation: string;
  hunt_id: string;
  round: number;
  runner: string;
  state: ColumnType<string, string | undefined, string>;
  exit_code: ColumnType<number | null, number | null | undefined, number | null>;
  problem: ColumnType<string | null, string | null | undefined, string | null>;
  output: ColumnType<string, string | undefined, string>;
  ordered_at: ColumnType<Date, Date | undefined, Date>;
  started_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  finished_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
}

interface HuntTargetTable {
  organisation: string;
  hunt_id: string;
  name: string;
  group_name: ColumnType<string | null, string | null | undefined, string | null>;
}

interface IdempotentRequestTable {
  organisation: string;
  holder: string;
  key: ColumnType<Buffer, Uint8Array, Uint8Array>;
  fingerprint: ColumnType<Buffer, Uint8Array, Uint8Array>;
  answer: ColumnType<Buffer | null, Uint8Array | null | undefined, Uint8Array | null>;
  created_at: ColumnType<Date, Date | undefined, Date>;
}

interface InstallationTable {
  id: string;
  created_at: ColumnType<Date, Date | undefined, Date>;
}

interface KnownFileTable {
  organisation: string;
  sha256: ColumnType<Buffer, Uint8Array, Uint8Array>;
  source_id: string;
  product_id: number;
}

interface KnownProductTable {
  organisation: string;
  source_id: string;
  id: ColumnType<number, never, never>;
  name: string;
  version: string;
  manufacturer: string;
}

interface LabelTable {
  organisation: string;
  id: string;
  sequence: ColumnType<number, never, never>;
  sha256: ColumnType<Buffer, Uint8Array, Uint8Array>;
  layout: string;
  family_id: string;
  source: string;
  reason: ColumnType<string | null, string | null | undefined, string | null>;
  created_by: string;
  created_at: ColumnType<Date, Date | undefined, Date>;
  generation: ColumnType<number | null, number | null | undefined, number | null>;
  basis: ColumnType<string, string | undefined, string>;
  decision_id: ColumnType<string | null, string | null | undefined, string | null>;
  source_id: ColumnType<string | null, string | null | undefined, string | null>;
}

interface LabelRevocationTable {
  organisation: string;
  label_id: string;
  sequence: ColumnType<number, never, never>;
  reason: ColumnType<string | null, string | null | undefined, string | null>;
  created_by: string;
  created_at: ColumnType<Date, Date | undefined, Date>;
  generation: number;
}

interface LegalHoldTable {
  organisation: string;
  id: string;
  kind: string;
  subject: ColumnType<string | null, string | null | undefined, string | null>;
  reason: string;
  created_by: string;
  created_at: ColumnType<Date, Date | undefined, Date>;
  lifted_by: ColumnType<string | null, string | null | undefined, string | null>;
  lifted_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
}

interface NotificationTable {
  organisation: string;
  id: string;
  channel_id: string;
  event: string;
  severity: string;
  about: string;
  text: string;
  details: ColumnType<unknown, string, string>;
  created_at: ColumnType<Date, Date | undefined, Date>;
  state: ColumnType<string, string | undefined, string>;
  tries: ColumnType<number, number | undefined, number>;
  problem: ColumnType<string | null, string | null | undefined, string | null>;
  sent_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
}

interface NotificationChannelTable {
  organisation: string;
  id: string;
  name: string;
  kind: string;
  settings: ColumnType<unknown, string, string>;
  events: string[];
  severity: string;
  hunt_id: ColumnType<string | null, string | null | undefined, string | null>;
  created_by: string;
  created_at: ColumnType<Date, Date | undefined, Date>;
  removed_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
}

interface OrganisationTable {
  id: string;
  name: string;
  created_at: ColumnType<Date, Date | undefined, Date>;
  requests_per_minute: ColumnType<number | null, number | null | undefined, number | null>;
  bytes_per_hour: ColumnType<number | null, number | null | undefined, number | null>;
  scans_per_month: ColumnType<number | null, number | null | undefined, number | null>;
  files_per_month: ColumnType<number | null, number | null | undefined, number | null>;
}

interface OrganisationDeletionTable {
  id: string;
  deleted_by: string;
  deleted_at: ColumnType<Date, Date | undefined, Date>;
  erased_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
}

interface PackGenesTable {
  organisation: string;
  source_id: string;
  part: number;
  sequence: ColumnType<number, number | undefined, number>;
  genes: ColumnType<Buffer, Uint8Array, Uint8Array>;
  sets: ColumnType<Buffer, Uint8Array, Uint8Array>;
}

interface PackSignerTable {
  organisation: string;
  public_key: ColumnType<Buffer, Uint8Array, Uint8Array>;
  name: string;
  created_by: string;
  created_at: ColumnType<Date, Date | undefined, Date>;
}

interface ProviderIdentityTable {
  organisation: string;
  issuer: string;
  subject: string;
  user_id: string;
  created_at: ColumnType<Date, Date | undefined, Date>;
}

interface PublisherTable {
  organisation: string;
  id: string;
  subject: string;
  certificates: Buffer[];
  reason: string;
  created_by: string;
  created_at: ColumnType<Date, Date | undefined, Date>;
  generation: ColumnType<number | null, number | null | undefined, number | null>;
  removed_by: ColumnType<string | null, string | null | undefined, string | null>;
  removed_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  removal_reason: ColumnType<string | null, string | null | undefined, string | null>;
  removed_generation: ColumnType<number | null, number | null | undefined, number | null>;
}

interface PublisherSignerTable {
  organisation: string;
  publisher_id: string;
  scope: string;
  signer: ColumnType<Buffer, Uint8Array, Uint8Array>;
  valid_from: ColumnType<Date | null, Date | null | undefined, Date | null>;
  valid_until: ColumnType<Date | null, Date | null | undefined, Date | null>;
  stamp_from: ColumnType<Date | null, Date | null | undefined, Date | null>;
  stamp_until: ColumnType<Date | null, Date | null | undefined, Date | null>;
}

interface ReceiptKeyTable {
  id: ColumnType<Buffer, Uint8Array, Uint8Array>;
  public_key: ColumnType<Buffer, Uint8Array, Uint8Array>;
  created_at: ColumnType<Date, Date | undefined, Date>;
  retired_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
}

interface RecoveryCodeTable {
  organisation: string;
  user_id: string;
  code_hash: ColumnType<Buffer, Uint8Array, Uint8Array>;
}

interface RetentionTable {
  organisation: string;
  scan_days: ColumnType<number | null, number | null | undefined, number | null>;
  code_days: ColumnType<number | null, number | null | undefined, number | null>;
  code_bytes: ColumnType<number | null, number | null | undefined, number | null>;
  notification_days: ColumnType<number | null, number | null | undefined, number | null>;
  updated_by: string;
  updated_at: ColumnType<Date, Date | undefined, Date>;
}

interface RetroHuntTable {
  organisation: string;
  id: string;
  after_generation: number;
  until_generation: number;
  state: ColumnType<string, string | undefined, string>;
  genes: ColumnType<number, number | undefined, number>;
  found: ColumnType<number, number | undefined, number>;
  searched: ColumnType<number, number | undefined, number>;
  judged: ColumnType<number, number | undefined, number>;
  started_at: ColumnType<Date, Date | undefined, Date>;
  finished_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  reason: ColumnType<string, string | undefined, string>;
  rules: ColumnType<number | null, number | null | undefined, number | null>;
}

interface RetroHuntChangeTable {
  organisation: string;
  scope: string;
  retro_hunt_id: string;
  sha256: ColumnType<Buffer, Uint8Array, Uint8Array>;
  layout: string;
  before: string;
  after: string;
}

interface SavedSearchTable {
  organisation: string;
  id: string;
  name: string;
  filter: ColumnType<unknown, string, string>;
  created_by: string;
  created_at: ColumnType<Date, Date | undefined, Date>;
  removed_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
}

interface SavedSearchHitTable {
  organisation: string;
  search_id: string;
  cluster_id: string;
  found_at: ColumnType<Date, Date | undefined, Date>;
}

interface ScanTable {
  organisation: string;
  id: string;
  upload_id: string;
  hunt_id: ColumnType<string | null, string | null | undefined, string | null>;
  key_id: ColumnType<string | null, string | null | undefined, string | null>;
  endpoint_id: ColumnType<string | null, string | null | undefined, string | null>;
  scan_type: ColumnType<string | null, string | null | undefined, string | null>;
  scanner_version: ColumnType<string | null, string | null | undefined, string | null>;
  source_address: ColumnType<string | null, string | null | undefined, string | null>;
  state: ColumnType<string, string | undefined, string>;
  end_reason: ColumnType<string | null, string | null | undefined, string | null>;
  created_at: ColumnType<Date, Date | undefined, Date>;
  heard_at: ColumnType<Date, Date | undefined, Date>;
  ended_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  finished_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  claimed_start: ColumnType<number | null, number | null | undefined, number | null>;
  claimed_end: ColumnType<number | null, number | null | undefined, number | null>;
  verdict: ColumnType<string | null, string | null | undefined, string | null>;
  families: ColumnType<string[], string[] | undefined, string[]>;
  counts: ColumnType<unknown, string | null | undefined, string | null>;
  report: ColumnType<Buffer | null, Uint8Array | null | undefined, Uint8Array | null>;
  global_generation: ColumnType<number | null, number | null | undefined, number | null>;
  organisation_generation: ColumnType<number | null, number | null | undefined, number | null>;
  round: ColumnType<number | null, number | null | undefined, number | null>;
  gaps: ColumnType<string[] | null, string[] | null | undefined, string[] | null>;
  rules: ColumnType<number, number | undefined, number>;
  removed_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
}

interface ScanArtifactTable {
  organisation: string;
  scan_id: string;
  sha256: ColumnType<Buffer, Uint8Array, Uint8Array>;
  layout: string;
  size: ColumnType<number | null, number | null | undefined, number | null>;
  wanted: boolean;
}

interface ScanChangeTable {
  organisation: string;
  scan_id: string;
  number: ColumnType<number, never, never>;
  at: ColumnType<Date, Date | undefined, Date>;
  before: string;
  after: string;
  families_before: string[];
  families_after: string[];
  global_before: number;
  global_after: number;
  organisation_before: number;
  organisation_after: number;
  rules_before: ColumnType<number, number | undefined, number>;
  rules_after: ColumnType<number, number | undefined, number>;
}

interface ScanPartTable {
  organisation: string;
  scan_id: string;
  message: string;
  part: number;
  content: ColumnType<Buffer, Uint8Array, Uint8Array>;
  received_at: ColumnType<Date, Date | undefined, Date>;
}

interface ScanProblemTable {
  organisation: string;
  scan_id: string;
  number: ColumnType<number, never, never>;
  about: ColumnType<string | null, string | null | undefined, string | null>;
  code: string;
  message: string;
  created_at: ColumnType<Date, Date | undefined, Date>;
}

interface ScanReceiptTable {
  organisation: string;
  scan_id: string;
  document: string;
  key_id: ColumnType<Buffer, Uint8Array, Uint8Array>;
  signature: ColumnType<Buffer, Uint8Array, Uint8Array>;
}

interface SchemaMigrationTable {
  version: number;
  name: string;
  digest: string;
  applied_at: ColumnType<Date, Date | undefined, Date>;
}

interface SessionTable {
  token_hash: ColumnType<Buffer, Uint8Array, Uint8Array>;
  organisation: string;
  user_id: string;
  created_at: ColumnType<Date, Date | undefined, Date>;
  expires_at: Date;
  id: ColumnType<string, string | undefined, string>;
  last_seen_at: ColumnType<Date, Date | undefined, Date>;
  address: ColumnType<string, string | undefined, string>;
  browser: ColumnType<string, string | undefined, string>;
  method: ColumnType<string, string | undefined, string>;
}

interface SightingTable {
  organisation: string;
  scan_id: string;
  sha256: ColumnType<Buffer, Uint8Array, Uint8Array>;
  layout: string;
  pid: number;
  address: string;
  kind: string;
  path: ColumnType<string | null, string | null | undefined, string | null>;
  findings: ColumnType<string[], string[] | undefined, string[]>;
}

interface SignInGuessTable {
  subject: ColumnType<Buffer, Uint8Array, Uint8Array>;
  count: number;
  last_at: ColumnType<Date, Date | undefined, Date>;
  until_at: ColumnType<Date, Date | undefined, Date>;
  of_account: ColumnType<boolean, boolean | undefined, boolean>;
}

interface SignatureTable {
  id: string;
  name: string;
  family: string;
  type: string;
  rule: string;
  sequences: number;
  source: string;
  licence: string;
  attribution: string;
  created_by: string;
  created_at: ColumnType<Date, Date | undefined, Date>;
  withdrawn_by: ColumnType<string | null, string | null | undefined, string | null>;
  withdrawn_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
}

interface SignatureHitTable {
  organisation: string;
  sha256: ColumnType<Buffer, Uint8Array, Uint8Array>;
  layout: string;
  signature_id: string;
  matched: number;
}

interface SignatureSetTable {
  version: number;
}

interface SignerTable {
  organisation: string;
  id: ColumnType<Buffer, Uint8Array, Uint8Array>;
  subject: ColumnType<string | null, string | null | undefined, string | null>;
  chain: Buffer[];
  stamp_chain: Buffer[];
}

interface SourceTable {
  organisation: string;
  id: string;
  kind: string;
  name: string;
  licence: string;
  tlp: string;
  attribution: string;
  dated: ColumnType<Date | null, Date | null | undefined, Date | null>;
  signer: ColumnType<Buffer | null, Uint8Array | null | undefined, Uint8Array | null>;
  sha256: ColumnType<Buffer | null, Uint8Array | null | undefined, Uint8Array | null>;
  genes: ColumnType<number, number | undefined, number>;
  labels: ColumnType<number, number | undefined, number>;
  created_by: string;
  created_at: ColumnType<Date, Date | undefined, Date>;
  generation: ColumnType<number | null, number | null | undefined, number | null>;
  revoked_generation: ColumnType<number | null, number | null | undefined, number | null>;
  revoked_by: ColumnType<string | null, string | null | undefined, string | null>;
  revoked_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  revoked_reason: ColumnType<string | null, string | null | undefined, string | null>;
  files: ColumnType<number, number | undefined, number>;
}

interface UnknownClusterTable {
  organisation: string;
  id: string;
  members: ColumnType<number, number | undefined, number>;
  endpoints: ColumnType<number, number | undefined, number>;
  processes: ColumnType<number, number | undefined, number>;
  first_seen_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  last_seen_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  findings: ColumnType<string[], string[] | undefined, string[]>;
  path: ColumnType<string | null, string | null | undefined, string | null>;
  genes: ColumnType<number, number | undefined, number>;
  resembles: ColumnType<string | null, string | null | undefined, string | null>;
  resembles_share: ColumnType<number | null, number | null | undefined, number | null>;
  stale: ColumnType<boolean, boolean | undefined, boolean>;
}

interface UnknownGeneTable {
  organisation: string;
  gene: ColumnType<Buffer, Uint8Array, Uint8Array>;
  sha256: ColumnType<Buffer, Uint8Array, Uint8Array>;
  layout: string;
}

interface UnknownMemberTable {
  organisation: string;
  sha256: ColumnType<Buffer, Uint8Array, Uint8Array>;
  layout: string;
  cluster_id: string;
}

interface UnknownSweepTable {
  organisation: string;
  swept_at: Date;
}

interface UserAccountTable {
  organisation: string;
  id: string;
  name: string;
  password_hash: string;
  roles: string[];
  created_at: ColumnType<Date, Date | undefined, Date>;
  created_by: ColumnType<string, string | undefined, string>;
  disabled_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  must_change_password: ColumnType<boolean, boolean | undefined, boolean>;
  last_sign_in_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  totp_secret: ColumnType<Buffer | null, Uint8Array | null | undefined, Uint8Array | null>;
  totp_confirmed_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  totp_step: ColumnType<number, number | undefined, number>;
}

interface VerdictTable {
  organisation: string;
  sha256: ColumnType<Buffer, Uint8Array, Uint8Array>;
  layout: string;
  scheme: number;
  verdict: string;
  sub_verdict: string;
  evidence: ColumnType<unknown, string, string>;
  global_generation: number;
  organisation_generation: number;
  judged_at: ColumnType<Date, Date | undefined, Date>;
  rules: ColumnType<number, number | undefined, number>;
}

interface VerdictHistoryTable {
  organisation: string;
  sha256: ColumnType<Buffer, Uint8Array, Uint8Array>;
  layout: string;
  number: ColumnType<number, never, never>;
  verdict: string;
  sub_verdict: string;
  evidence: ColumnType<unknown, string, string>;
  scheme: number;
  global_generation: number;
  organisation_generation: number;
  judged_at: Date;
  rules: ColumnType<number, number | undefined, number>;
}

interface WorkCaseTable {
  organisation: string;
  id: string;
  endpoint_id: string;
  sha256: ColumnType<Buffer | null, Uint8Array | null | undefined, Uint8Array | null>;
  layout: ColumnType<string | null, string | null | undefined, string | null>;
  state: ColumnType<string, string | undefined, string>;
  assignee: ColumnType<string | null, string | null | undefined, string | null>;
  comments: ColumnType<number, number | undefined, number>;
  created_at: ColumnType<Date, Date | undefined, Date>;
  updated_at: ColumnType<Date, Date | undefined, Date>;
}

interface WorkCaseEventTable {
  organisation: string;
  case_id: string;
  id: string;
  kind: string;
  value: ColumnType<string | null, string | null | undefined, string | null>;
  created_by: string;
  created_at: ColumnType<Date, Date | undefined, Date>;
}

export interface Tables {
  access_token: AccessTokenTable;
  acquittal_conflict: AcquittalConflictTable;
  api_key: ApiKeyTable;
  artifact: ArtifactTable;
  artifact_endpoint: ArtifactEndpointTable;
  artifact_signature: ArtifactSignatureTable;
  audit: AuditTable;
  audit_link: AuditLinkTable;
  authenticode: AuthenticodeTable;
  catalog: CatalogTable;
  catalog_member: CatalogMemberTable;
  code_search: CodeSearchTable;
  code_search_hit: CodeSearchHitTable;
  code_signature: CodeSignatureTable;
  content: ContentTable;
  decision: DecisionTable;
  endpoint: EndpointTable;
  endpoint_identity: EndpointIdentityTable;
  failed_job: FailedJobTable;
  family: FamilyTable;
  family_facts: FamilyFactsTable;
  file_analysis: FileAnalysisTable;
  generation: GenerationTable;
  genome: GenomeTable;
  hunt: HuntTable;
  hunt_round: HuntRoundTable;
  hunt_run: HuntRunTable;
  hunt_target: HuntTargetTable;
  idempotent_request: IdempotentRequestTable;
  installation: InstallationTable;
  known_file: KnownFileTable;
  known_product: KnownProductTable;
  label: LabelTable;
  label_revocation: LabelRevocationTable;
  legal_hold: LegalHoldTable;
  notification: NotificationTable;
  notification_channel: NotificationChannelTable;
  organisation: OrganisationTable;
  organisation_deletion: OrganisationDeletionTable;
  pack_genes: PackGenesTable;
  pack_signer: PackSignerTable;
  provider_identity: ProviderIdentityTable;
  publisher: PublisherTable;
  publisher_signer: PublisherSignerTable;
  receipt_key: ReceiptKeyTable;
  recovery_code: RecoveryCodeTable;
  retention: RetentionTable;
  retro_hunt: RetroHuntTable;
  retro_hunt_change: RetroHuntChangeTable;
  saved_search: SavedSearchTable;
  saved_search_hit: SavedSearchHitTable;
  scan: ScanTable;
  scan_artifact: ScanArtifactTable;
  scan_change: ScanChangeTable;
  scan_part: ScanPartTable;
  scan_problem: ScanProblemTable;
  scan_receipt: ScanReceiptTable;
  schema_migration: SchemaMigrationTable;
  session: SessionTable;
  sighting: SightingTable;
  sign_in_guess: SignInGuessTable;
  signature: SignatureTable;
  signature_hit: SignatureHitTable;
  signature_set: SignatureSetTable;
  signer: SignerTable;
  source: SourceTable;
  unknown_cluster: UnknownClusterTable;
  unknown_gene: UnknownGeneTable;
  unknown_member: UnknownMemberTable;
  unknown_sweep: UnknownSweepTable;
  user_account: UserAccountTable;
  verdict: VerdictTable;
  verdict_history: VerdictHistoryTable;
  work_case: WorkCaseTable;
  work_case_event: WorkCaseEventTable;
}
