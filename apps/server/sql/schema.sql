-- Made from the catalogue by schema-dump.ts; `node apps/server/sql/generate.ts` writes it anew.

create table access_token (
  token_hash bytea not null,
  organisation uuid not null,
  key_id uuid not null,
  expires_at timestamp with time zone not null,
  constraint access_token_organisation_key_id_fkey FOREIGN KEY (organisation, key_id) REFERENCES api_key(organisation, id) ON DELETE CASCADE,
  constraint access_token_pkey PRIMARY KEY (token_hash)
);
CREATE INDEX access_token_expiry ON public.access_token USING btree (expires_at);

create table acquittal_conflict (
  organisation uuid not null,
  label_id uuid not null,
  number bigint not null generated always as identity,
  families text[] not null,
  raised_at timestamp with time zone not null default now(),
  resolved_at timestamp with time zone,
  constraint acquittal_conflict_organisation_label_id_fkey FOREIGN KEY (organisation, label_id) REFERENCES label(organisation, id),
  constraint acquittal_conflict_pkey PRIMARY KEY (organisation, label_id, number)
);
CREATE UNIQUE INDEX acquittal_conflict_open ON public.acquittal_conflict USING btree (organisation, label_id) WHERE (resolved_at IS NULL);

create table api_key (
  organisation uuid not null,
  id uuid not null,
  key_hash bytea not null,
  name text not null,
  permission text not null,
  hunt_id uuid,
  created_at timestamp with time zone not null default now(),
  created_by text not null,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  last_used_at timestamp with time zone,
  requests_per_minute integer,
  bytes_per_hour bigint,
  constraint api_key_bytes_per_hour_check CHECK ((bytes_per_hour > 0)),
  constraint api_key_permission_check CHECK ((permission = ANY (ARRAY['scan'::text, 'read'::text, 'full'::text]))),
  constraint api_key_requests_per_minute_check CHECK ((requests_per_minute > 0)),
  constraint api_key_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id),
  constraint api_key_organisation_hunt_id_fkey FOREIGN KEY (organisation, hunt_id) REFERENCES hunt(organisation, id),
  constraint api_key_pkey PRIMARY KEY (organisation, id)
);
CREATE UNIQUE INDEX api_key_hash ON public.api_key USING btree (key_hash);

create table artifact (
  organisation uuid not null,
  sha256 bytea not null,
  layout text not null,
  number bigint not null generated always as identity,
  size bigint not null,
  stored boolean not null,
  state text not null default 'queued'::text,
  problem text,
  received_at timestamp with time zone not null default now(),
  analysed_at timestamp with time zone,
  md5 bytea,
  sha1 bytea,
  removed_at timestamp with time zone,
  constraint artifact_layout_check CHECK ((layout = ANY (ARRAY['file'::text, 'mapped'::text, 'raw'::text]))),
  constraint artifact_md5_check CHECK ((octet_length(md5) = 16)),
  constraint artifact_sha1_check CHECK ((octet_length(sha1) = 20)),
  constraint artifact_sha256_check CHECK ((octet_length(sha256) = 32)),
  constraint artifact_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'done'::text, 'failed'::text, 'unsupported'::text]))),
  constraint artifact_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id),
  constraint artifact_pkey PRIMARY KEY (organisation, sha256, layout)
);
CREATE INDEX artifact_md5 ON public.artifact USING btree (organisation, md5) WHERE (md5 IS NOT NULL);
CREATE UNIQUE INDEX artifact_number ON public.artifact USING btree (number);
CREATE INDEX artifact_removed ON public.artifact USING btree (removed_at) WHERE (removed_at IS NOT NULL);
CREATE INDEX artifact_sha1 ON public.artifact USING btree (organisation, sha1) WHERE (sha1 IS NOT NULL);
CREATE INDEX artifact_unfinished ON public.artifact USING btree (organisation, sha256, layout) WHERE (state = ANY (ARRAY['queued'::text, 'running'::text]));

create table artifact_endpoint (
  organisation uuid not null,
  sha256 bytea not null,
  layout text not null,
  endpoint_id uuid not null,
  first_scan uuid not null,
  last_scan uuid not null,
  constraint artifact_endpoint_pkey PRIMARY KEY (organisation, sha256, layout, endpoint_id)
);
CREATE INDEX artifact_endpoint_endpoint ON public.artifact_endpoint USING btree (organisation, endpoint_id);

create table artifact_signature (
  organisation uuid not null,
  sha256 bytea not null,
  layout text not null,
  version bigint not null,
  problem text,
  constraint artifact_signature_organisation_sha256_layout_fkey FOREIGN KEY (organisation, sha256, layout) REFERENCES artifact(organisation, sha256, layout) ON DELETE CASCADE,
  constraint artifact_signature_pkey PRIMARY KEY (organisation, sha256, layout)
);

create table audit (
  organisation uuid not null,
  number bigint not null generated always as identity,
  at timestamp with time zone not null default now(),
  actor text not null,
  action text not null,
  subject text,
  details jsonb not null default '{}'::jsonb,
  constraint audit_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id),
  constraint audit_pkey PRIMARY KEY (organisation, number)
);

create table audit_link (
  organisation uuid not null,
  position bigint not null,
  number bigint not null,
  digest bytea not null,
  constraint audit_link_digest_check CHECK ((length(digest) = 32)),
  constraint audit_link_position_check CHECK (("position" > 0)),
  constraint audit_link_organisation_number_fkey FOREIGN KEY (organisation, number) REFERENCES audit(organisation, number),
  constraint audit_link_pkey PRIMARY KEY (organisation, "position"),
  constraint audit_link_organisation_number_key UNIQUE (organisation, number)
);

create table authenticode (
  organisation uuid not null,
  sha256 bytea not null,
  layout text not null default 'file'::text,
  digest bytea,
  problems text[] not null default '{}'::text[],
  examined_at timestamp with time zone not null default now(),
  constraint authenticode_layout_check CHECK ((layout = 'file'::text)),
  constraint authenticode_organisation_sha256_layout_fkey FOREIGN KEY (organisation, sha256, layout) REFERENCES artifact(organisation, sha256, layout) ON DELETE CASCADE,
  constraint authenticode_pkey PRIMARY KEY (organisation, sha256)
);
CREATE INDEX authenticode_digest ON public.authenticode USING btree (digest) WHERE (digest IS NOT NULL);

create table catalog (
  organisation uuid not null,
  id uuid not null,
  sha256 bytea not null,
  name text not null,
  members integer not null,
  weak_members integer not null,
  reason text not null,
  created_by text not null,
  created_at timestamp with time zone not null default now(),
  generation bigint not null,
  removed_by text,
  removed_at timestamp with time zone,
  removal_reason text,
  removed_generation bigint,
  constraint catalog_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id),
  constraint catalog_pkey PRIMARY KEY (organisation, id)
);
CREATE INDEX catalog_generation ON public.catalog USING btree (organisation, generation);
CREATE INDEX catalog_removed ON public.catalog USING btree (organisation, removed_generation) WHERE (removed_generation IS NOT NULL);
CREATE UNIQUE INDEX catalog_sha256 ON public.catalog USING btree (organisation, sha256) WHERE (removed_at IS NULL);

create table catalog_member (
  organisation uuid not null,
  catalog_id uuid not null,
  digest bytea not null,
  constraint catalog_member_organisation_catalog_id_fkey FOREIGN KEY (organisation, catalog_id) REFERENCES catalog(organisation, id) ON DELETE CASCADE,
  constraint catalog_member_pkey PRIMARY KEY (organisation, catalog_id, digest)
);
CREATE INDEX catalog_member_digest ON public.catalog_member USING btree (digest);

create table code_search (
  organisation uuid not null,
  id uuid not null,
  kind text not null,
  question jsonb not null,
  genes bytea,
  least integer not null default 1,
  function_gene text,
  state text not null default 'queued'::text,
  problem text,
  until bigint,
  behind bigint not null default 0,
  candidates bigint not null default 0,
  searched bigint not null default 0,
  unread bigint not null default 0,
  broke integer not null default 0,
  hits bigint not null default 0,
  cut boolean not null default false,
  created_by text not null,
  created_at timestamp with time zone not null default now(),
  finished_at timestamp with time zone,
  constraint code_search_kind_check CHECK ((kind = ANY (ARRAY['gene'::text, 'function'::text, 'family'::text, 'rule'::text]))),
  constraint code_search_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'done'::text, 'failed'::text]))),
  constraint code_search_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id),
  constraint code_search_pkey PRIMARY KEY (organisation, id)
);

create table code_search_hit (
  organisation uuid not null,
  search_id uuid not null,
  number bigint not null,
  matched integer not null,
  whole boolean,
  constraint code_search_hit_organisation_search_id_fkey FOREIGN KEY (organisation, search_id) REFERENCES code_search(organisation, id) ON DELETE CASCADE,
  constraint code_search_hit_pkey PRIMARY KEY (organisation, search_id, number)
);

create table code_signature (
  organisation uuid not null,
  number bigint not null generated always as identity,
  sha256 bytea,
  catalog_id uuid,
  signer bytea not null,
  stamped_at timestamp with time zone,
  constraint code_signature_check CHECK (((sha256 IS NULL) <> (catalog_id IS NULL))),
  constraint code_signature_organisation_catalog_id_fkey FOREIGN KEY (organisation, catalog_id) REFERENCES catalog(organisation, id) ON DELETE CASCADE,
  constraint code_signature_organisation_sha256_fkey FOREIGN KEY (organisation, sha256) REFERENCES authenticode(organisation, sha256) ON DELETE CASCADE,
  constraint code_signature_organisation_signer_fkey FOREIGN KEY (organisation, signer) REFERENCES signer(organisation, id),
  constraint code_signature_pkey PRIMARY KEY (organisation, number)
);
CREATE INDEX code_signature_catalog ON public.code_signature USING btree (organisation, catalog_id) WHERE (catalog_id IS NOT NULL);
CREATE INDEX code_signature_file ON public.code_signature USING btree (organisation, sha256) WHERE (sha256 IS NOT NULL);
CREATE INDEX code_signature_signer ON public.code_signature USING btree (organisation, signer);

create table content (
  organisation uuid not null,
  sha256 bytea not null,
  size integer not null,
  body bytea not null,
  constraint content_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id),
  constraint content_pkey PRIMARY KEY (organisation, sha256)
);

create table decision (
  organisation uuid not null,
  id uuid not null,
  kind text not null,
  basis text not null,
  reason text,
  scan_id uuid,
  created_by text not null,
  created_at timestamp with time zone not null default now(),
  constraint decision_basis_check CHECK ((basis = ANY (ARRAY['genes'::text, 'hash'::text]))),
  constraint decision_kind_check CHECK ((kind = ANY (ARRAY['acquit'::text, 'convict'::text]))),
  constraint decision_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id),
  constraint decision_pkey PRIMARY KEY (organisation, id)
);
CREATE INDEX decision_created ON public.decision USING btree (organisation, created_at DESC, id);

create table endpoint (
  organisation uuid not null,
  id uuid not null,
  name text not null,
  operating_system text,
  identity text not null,
  first_seen_at timestamp with time zone not null default now(),
  last_seen_at timestamp with time zone not null default now(),
  constraint endpoint_identity_check CHECK ((identity = ANY (ARRAY['confirmed'::text, 'name_only'::text]))),
  constraint endpoint_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id),
  constraint endpoint_pkey PRIMARY KEY (organisation, id)
);
CREATE INDEX endpoint_name ON public.endpoint USING btree (organisation, lower(name));

create table endpoint_identity (
  organisation uuid not null,
  kind text not null,
  value text not null,
  endpoint_id uuid not null,
  confidence smallint not null,
  seen_at timestamp with time zone not null default now(),
  constraint endpoint_identity_organisation_endpoint_id_fkey FOREIGN KEY (organisation, endpoint_id) REFERENCES endpoint(organisation, id) ON DELETE CASCADE,
  constraint endpoint_identity_pkey PRIMARY KEY (organisation, kind, value, endpoint_id)
);

create table failed_job (
  organisation uuid not null,
  id uuid not null,
  queue text not null,
  data jsonb not null,
  tries integer not null,
  reason text not null,
  failed_at timestamp with time zone not null,
  decision text,
  decided_by text,
  decided_at timestamp with time zone,
  constraint failed_job_check CHECK ((((decision IS NULL) = (decided_by IS NULL)) AND ((decision IS NULL) = (decided_at IS NULL)))),
  constraint failed_job_decision_check CHECK ((decision = ANY (ARRAY['retried'::text, 'dismissed'::text]))),
  constraint failed_job_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id),
  constraint failed_job_pkey PRIMARY KEY (organisation, id)
);
CREATE INDEX failed_job_failed ON public.failed_job USING btree (organisation, failed_at DESC, id);
CREATE INDEX failed_job_open ON public.failed_job USING btree (organisation) WHERE (decision IS NULL);

create table family (
  organisation uuid not null,
  id uuid not null,
  number integer not null generated always as identity,
  name text not null,
  type text not null,
  created_at timestamp with time zone not null default now(),
  constraint family_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id),
  constraint family_pkey PRIMARY KEY (organisation, id)
);
CREATE UNIQUE INDEX family_name ON public.family USING btree (organisation, lower(name));
CREATE UNIQUE INDEX family_number ON public.family USING btree (number);

create table family_facts (
  organisation uuid not null,
  family_organisation uuid not null,
  family_id uuid not null,
  aliases text[] not null default '{}'::text[],
  links jsonb not null default '[]'::jsonb,
  notes text not null default ''::text,
  updated_by text not null,
  updated_at timestamp with time zone not null default now(),
  constraint family_facts_family_organisation_family_id_fkey FOREIGN KEY (family_organisation, family_id) REFERENCES family(organisation, id),
  constraint family_facts_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id),
  constraint family_facts_pkey PRIMARY KEY (organisation, family_organisation, family_id)
);

create table file_analysis (
  organisation uuid not null,
  id uuid not null,
  sha256 bytea not null,
  layout text,
  file_name text,
  created_at timestamp with time zone not null default now(),
  created_by text not null,
  constraint file_analysis_sha256_check CHECK ((octet_length(sha256) = 32)),
  constraint file_analysis_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id),
  constraint file_analysis_organisation_sha256_layout_fkey FOREIGN KEY (organisation, sha256, layout) REFERENCES artifact(organisation, sha256, layout),
  constraint file_analysis_pkey PRIMARY KEY (organisation, id)
);
CREATE INDEX file_analysis_created ON public.file_analysis USING btree (organisation, created_at DESC, id DESC);
CREATE INDEX file_analysis_sha256 ON public.file_analysis USING btree (organisation, sha256, id DESC);

create table generation (
  organisation uuid not null,
  value bigint not null default 0,
  rejudged bigint not null default 0,
  rejudging bigint not null default 0,
  constraint generation_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id),
  constraint generation_pkey PRIMARY KEY (organisation)
);

create table genome (
  organisation uuid not null,
  sha256 bytea not null,
  layout text not null,
  scheme integer not null,
  instruction_set text,
  gene_count integer not null,
  code_bytes bigint not null,
  genes bytea not null,
  body bytea not null,
  constraint genome_organisation_sha256_layout_fkey FOREIGN KEY (organisation, sha256, layout) REFERENCES artifact(organisation, sha256, layout) ON DELETE CASCADE,
  constraint genome_pkey PRIMARY KEY (organisation, sha256, layout, scheme)
);

create table hunt (
  organisation uuid not null,
  id uuid not null,
  name text not null,
  created_at timestamp with time zone not null default now(),
  created_by text not null,
  owner text not null default ''::text,
  anyone boolean not null default false,
  scans_per_endpoint text not null default 'any'::text,
  closed_at timestamp with time zone,
  cron text,
  time_zone text,
  round_seconds integer,
  next_round_at timestamp with time zone,
  until_at timestamp with time zone,
  limits jsonb not null default '{}'::jsonb,
  runner text,
  constraint hunt_scans_per_endpoint_check CHECK ((scans_per_endpoint = ANY (ARRAY['one'::text, 'any'::text]))),
  constraint hunt_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id),
  constraint hunt_pkey PRIMARY KEY (organisation, id)
);
CREATE INDEX hunt_due ON public.hunt USING btree (next_round_at) WHERE ((next_round_at IS NOT NULL) AND (closed_at IS NULL));

create table hunt_round (
  organisation uuid not null,
  hunt_id uuid not null,
  number integer not null,
  opens_at timestamp with time zone not null,
  closes_at timestamp with time zone,
  told boolean not null default false,
  asked boolean not null default false,
  constraint hunt_round_number_check CHECK ((number > 0)),
  constraint hunt_round_organisation_hunt_id_fkey FOREIGN KEY (organisation, hunt_id) REFERENCES hunt(organisation, id) ON DELETE CASCADE,
  constraint hunt_round_pkey PRIMARY KEY (organisation, hunt_id, number)
);
CREATE INDEX hunt_round_beginning ON public.hunt_round USING btree (opens_at) WHERE (NOT asked);
CREATE INDEX hunt_round_ending ON public.hunt_round USING btree (closes_at) WHERE (NOT told);

create table hunt_run (
  organisation uuid not null,
  hunt_id uuid not null,
  round integer not null,
  runner text not null,
  state text not null default 'queued'::text,
  exit_code integer,
  problem text,
  output text not null default ''::text,
  ordered_at timestamp with time zone not null default now(),
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  constraint hunt_run_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'done'::text, 'failed'::text]))),
  constraint hunt_run_organisation_hunt_id_fkey FOREIGN KEY (organisation, hunt_id) REFERENCES hunt(organisation, id) ON DELETE CASCADE,
  constraint hunt_run_pkey PRIMARY KEY (organisation, hunt_id, round)
);

create table hunt_target (
  organisation uuid not null,
  hunt_id uuid not null,
  name text not null,
  group_name text,
  constraint hunt_target_organisation_hunt_id_fkey FOREIGN KEY (organisation, hunt_id) REFERENCES hunt(organisation, id) ON DELETE CASCADE,
  constraint hunt_target_pkey PRIMARY KEY (organisation, hunt_id, name)
);

create table idempotent_request (
  organisation uuid not null,
  holder text not null,
  key bytea not null,
  fingerprint bytea not null,
  answer bytea,
  created_at timestamp with time zone not null default now(),
  constraint idempotent_request_fingerprint_check CHECK ((octet_length(fingerprint) = 32)),
  constraint idempotent_request_key_check CHECK ((octet_length(key) = 32)),
  constraint idempotent_request_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id) ON DELETE CASCADE,
  constraint idempotent_request_pkey PRIMARY KEY (organisation, holder, key)
);
CREATE INDEX idempotent_request_age ON public.idempotent_request USING btree (organisation, created_at);

create table installation (
  id uuid not null,
  created_at timestamp with time zone not null default now(),
  constraint installation_pkey PRIMARY KEY (id)
);

create table known_file (
  organisation uuid not null,
  sha256 bytea not null,
  source_id uuid not null,
  product_id integer not null,
  constraint known_file_sha256_check CHECK ((octet_length(sha256) = 32)),
  constraint known_file_organisation_source_id_product_id_fkey FOREIGN KEY (organisation, source_id, product_id) REFERENCES known_product(organisation, source_id, id),
  constraint known_file_pkey PRIMARY KEY (organisation, sha256, source_id)
);

create table known_product (
  organisation uuid not null,
  source_id uuid not null,
  id integer not null generated always as identity,
  name text not null,
  version text not null,
  manufacturer text not null,
  constraint known_product_organisation_source_id_fkey FOREIGN KEY (organisation, source_id) REFERENCES source(organisation, id),
  constraint known_product_pkey PRIMARY KEY (organisation, source_id, id)
);
CREATE UNIQUE INDEX known_product_words ON public.known_product USING btree (organisation, source_id, md5(name), md5(version), md5(manufacturer));

create table label (
  organisation uuid not null,
  id uuid not null,
  sequence bigint not null generated always as identity,
  sha256 bytea not null,
  layout text not null,
  family_id uuid not null,
  source text not null,
  reason text,
  created_by text not null,
  created_at timestamp with time zone not null default now(),
  generation bigint,
  basis text not null default 'genes'::text,
  decision_id uuid,
  source_id uuid,
  constraint label_basis_check CHECK ((basis = ANY (ARRAY['genes'::text, 'hash'::text]))),
  constraint label_organisation_decision_id_fkey FOREIGN KEY (organisation, decision_id) REFERENCES decision(organisation, id),
  constraint label_organisation_family_id_fkey FOREIGN KEY (organisation, family_id) REFERENCES family(organisation, id),
  constraint label_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id),
  constraint label_organisation_sha256_layout_fkey FOREIGN KEY (organisation, sha256, layout) REFERENCES artifact(organisation, sha256, layout),
  constraint label_organisation_source_id_fkey FOREIGN KEY (organisation, source_id) REFERENCES source(organisation, id),
  constraint label_pkey PRIMARY KEY (organisation, id)
);
CREATE INDEX label_artifact ON public.label USING btree (organisation, sha256, layout);
CREATE INDEX label_decision ON public.label USING btree (organisation, decision_id) WHERE (decision_id IS NOT NULL);
CREATE INDEX label_family ON public.label USING btree (organisation, family_id);
CREATE INDEX label_generation ON public.label USING btree (organisation, generation, sequence);
CREATE UNIQUE INDEX label_sequence ON public.label USING btree (sequence);
CREATE INDEX label_source ON public.label USING btree (organisation, source_id) WHERE (source_id IS NOT NULL);
CREATE INDEX label_waiting ON public.label USING btree (organisation, sequence) WHERE (generation IS NULL);

create table label_revocation (
  organisation uuid not null,
  label_id uuid not null,
  sequence bigint not null generated always as identity,
  reason text,
  created_by text not null,
  created_at timestamp with time zone not null default now(),
  generation bigint not null,
  constraint label_revocation_organisation_label_id_fkey FOREIGN KEY (organisation, label_id) REFERENCES label(organisation, id),
  constraint label_revocation_pkey PRIMARY KEY (organisation, label_id)
);

create table legal_hold (
  organisation uuid not null,
  id uuid not null,
  kind text not null,
  subject uuid,
  reason text not null,
  created_by text not null,
  created_at timestamp with time zone not null default now(),
  lifted_by text,
  lifted_at timestamp with time zone,
  constraint legal_hold_check CHECK (((kind = 'organisation'::text) = (subject IS NULL))),
  constraint legal_hold_check1 CHECK (((lifted_by IS NULL) = (lifted_at IS NULL))),
  constraint legal_hold_kind_check CHECK ((kind = ANY (ARRAY['organisation'::text, 'endpoint'::text, 'scan'::text]))),
  constraint legal_hold_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id),
  constraint legal_hold_pkey PRIMARY KEY (organisation, id)
);
CREATE INDEX legal_hold_standing ON public.legal_hold USING btree (organisation) WHERE (lifted_at IS NULL);

create table notification (
  organisation uuid not null,
  id uuid not null,
  channel_id uuid not null,
  event text not null,
  severity text not null,
  about text not null,
  text text not null,
  details jsonb not null,
  created_at timestamp with time zone not null default now(),
  state text not null default 'queued'::text,
  tries integer not null default 0,
  problem text,
  sent_at timestamp with time zone,
  constraint notification_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'sent'::text, 'failed'::text]))),
  constraint notification_organisation_channel_id_fkey FOREIGN KEY (organisation, channel_id) REFERENCES notification_channel(organisation, id),
  constraint notification_pkey PRIMARY KEY (organisation, id)
);
CREATE UNIQUE INDEX notification_about ON public.notification USING btree (organisation, channel_id, about);

create table notification_channel (
  organisation uuid not null,
  id uuid not null,
  name text not null,
  kind text not null,
  settings jsonb not null,
  events text[] not null,
  severity text not null,
  hunt_id uuid,
  created_by text not null,
  created_at timestamp with time zone not null default now(),
  removed_at timestamp with time zone,
  constraint notification_channel_kind_check CHECK ((kind = ANY (ARRAY['webhook'::text, 'email'::text, 'syslog'::text]))),
  constraint notification_channel_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id),
  constraint notification_channel_organisation_hunt_id_fkey FOREIGN KEY (organisation, hunt_id) REFERENCES hunt(organisation, id),
  constraint notification_channel_pkey PRIMARY KEY (organisation, id)
);

create table organisation (
  id uuid not null,
  name text not null,
  created_at timestamp with time zone not null default now(),
  requests_per_minute integer,
  bytes_per_hour bigint,
  scans_per_month integer,
  files_per_month integer,
  constraint organisation_bytes_per_hour_check CHECK ((bytes_per_hour > 0)),
  constraint organisation_files_per_month_check CHECK ((files_per_month >= 0)),
  constraint organisation_requests_per_minute_check CHECK ((requests_per_minute > 0)),
  constraint organisation_scans_per_month_check CHECK ((scans_per_month >= 0)),
  constraint organisation_pkey PRIMARY KEY (id),
  constraint organisation_name_key UNIQUE (name)
);

create table organisation_deletion (
  id uuid not null,
  deleted_by text not null,
  deleted_at timestamp with time zone not null default now(),
  erased_at timestamp with time zone,
  constraint organisation_deletion_pkey PRIMARY KEY (id)
);

create table pack_genes (
  organisation uuid not null,
  source_id uuid not null,
  part integer not null,
  sequence bigint not null default nextval((pg_get_serial_sequence('label'::text, 'sequence'::text))::regclass),
  genes bytea not null,
  sets bytea not null,
  constraint pack_genes_organisation_source_id_fkey FOREIGN KEY (organisation, source_id) REFERENCES source(organisation, id),
  constraint pack_genes_pkey PRIMARY KEY (organisation, source_id, part)
);

create table pack_signer (
  organisation uuid not null,
  public_key bytea not null,
  name text not null,
  created_by text not null,
  created_at timestamp with time zone not null default now(),
  constraint pack_signer_public_key_check CHECK ((octet_length(public_key) = 32)),
  constraint pack_signer_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id),
  constraint pack_signer_pkey PRIMARY KEY (organisation, public_key)
);

create table provider_identity (
  organisation uuid not null,
  issuer text not null,
  subject text not null,
  user_id uuid not null,
  created_at timestamp with time zone not null default now(),
  constraint provider_identity_organisation_user_id_fkey FOREIGN KEY (organisation, user_id) REFERENCES user_account(organisation, id) ON DELETE CASCADE,
  constraint provider_identity_pkey PRIMARY KEY (organisation, issuer, subject),
  constraint provider_identity_organisation_user_id_key UNIQUE (organisation, user_id)
);

create table publisher (
  organisation uuid not null,
  id uuid not null,
  subject text not null,
  certificates bytea[] not null,
  reason text not null,
  created_by text not null,
  created_at timestamp with time zone not null default now(),
  generation bigint,
  removed_by text,
  removed_at timestamp with time zone,
  removal_reason text,
  removed_generation bigint,
  constraint publisher_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id),
  constraint publisher_pkey PRIMARY KEY (organisation, id)
);
CREATE INDEX publisher_subject ON public.publisher USING btree (subject) WHERE (removed_at IS NULL);

create table publisher_signer (
  organisation uuid not null,
  publisher_id uuid not null,
  scope uuid not null,
  signer bytea not null,
  valid_from timestamp with time zone,
  valid_until timestamp with time zone,
  stamp_from timestamp with time zone,
  stamp_until timestamp with time zone,
  constraint publisher_signer_organisation_publisher_id_fkey FOREIGN KEY (organisation, publisher_id) REFERENCES publisher(organisation, id) ON DELETE CASCADE,
  constraint publisher_signer_scope_signer_fkey FOREIGN KEY (scope, signer) REFERENCES signer(organisation, id) ON DELETE CASCADE,
  constraint publisher_signer_pkey PRIMARY KEY (organisation, publisher_id, scope, signer)
);
CREATE INDEX publisher_signer_signer ON public.publisher_signer USING btree (scope, signer);

create table receipt_key (
  id bytea not null,
  public_key bytea not null,
  created_at timestamp with time zone not null default now(),
  retired_at timestamp with time zone,
  constraint receipt_key_id_check CHECK ((octet_length(id) = 32)),
  constraint receipt_key_public_key_check CHECK ((octet_length(public_key) = 32)),
  constraint receipt_key_pkey PRIMARY KEY (id)
);

create table recovery_code (
  organisation uuid not null,
  user_id uuid not null,
  code_hash bytea not null,
  constraint recovery_code_code_hash_check CHECK ((octet_length(code_hash) = 32)),
  constraint recovery_code_organisation_user_id_fkey FOREIGN KEY (organisation, user_id) REFERENCES user_account(organisation, id) ON DELETE CASCADE,
  constraint recovery_code_pkey PRIMARY KEY (organisation, user_id, code_hash)
);

create table retention (
  organisation uuid not null,
  scan_days integer,
  code_days integer,
  code_bytes bigint,
  notification_days integer,
  updated_by text not null,
  updated_at timestamp with time zone not null default now(),
  constraint retention_code_bytes_check CHECK ((code_bytes > 0)),
  constraint retention_code_days_check CHECK ((code_days > 0)),
  constraint retention_notification_days_check CHECK ((notification_days > 0)),
  constraint retention_scan_days_check CHECK ((scan_days > 0)),
  constraint retention_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id),
  constraint retention_pkey PRIMARY KEY (organisation)
);

create table retro_hunt (
  organisation uuid not null,
  id uuid not null,
  after_generation bigint not null,
  until_generation bigint not null,
  state text not null default 'running'::text,
  genes bigint not null default 0,
  found bigint not null default 0,
  searched bigint not null default 0,
  judged bigint not null default 0,
  started_at timestamp with time zone not null default now(),
  finished_at timestamp with time zone,
  reason text not null default 'knowledge'::text,
  rules smallint,
  constraint retro_hunt_check CHECK (((reason = 'rules'::text) = (rules IS NOT NULL))),
  constraint retro_hunt_reason_check CHECK ((reason = ANY (ARRAY['knowledge'::text, 'rules'::text]))),
  constraint retro_hunt_state_check CHECK ((state = ANY (ARRAY['running'::text, 'done'::text]))),
  constraint retro_hunt_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id),
  constraint retro_hunt_pkey PRIMARY KEY (organisation, id)
);
CREATE UNIQUE INDEX retro_hunt_after ON public.retro_hunt USING btree (organisation, after_generation) WHERE (reason = 'knowledge'::text);
CREATE UNIQUE INDEX retro_hunt_rules ON public.retro_hunt USING btree (rules) WHERE (reason = 'rules'::text);
CREATE INDEX retro_hunt_started ON public.retro_hunt USING btree (started_at DESC);

create table retro_hunt_change (
  organisation uuid not null,
  scope uuid not null,
  retro_hunt_id uuid not null,
  sha256 bytea not null,
  layout text not null,
  before text not null,
  after text not null,
  constraint retro_hunt_change_scope_retro_hunt_id_fkey FOREIGN KEY (scope, retro_hunt_id) REFERENCES retro_hunt(organisation, id) ON DELETE CASCADE,
  constraint retro_hunt_change_pkey PRIMARY KEY (organisation, scope, retro_hunt_id, sha256, layout)
);

create table saved_search (
  organisation uuid not null,
  id uuid not null,
  name text not null,
  filter jsonb not null,
  created_by text not null,
  created_at timestamp with time zone not null default now(),
  removed_at timestamp with time zone,
  constraint saved_search_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id),
  constraint saved_search_pkey PRIMARY KEY (organisation, id)
);

create table saved_search_hit (
  organisation uuid not null,
  search_id uuid not null,
  cluster_id uuid not null,
  found_at timestamp with time zone not null default now(),
  constraint saved_search_hit_organisation_search_id_fkey FOREIGN KEY (organisation, search_id) REFERENCES saved_search(organisation, id) ON DELETE CASCADE,
  constraint saved_search_hit_pkey PRIMARY KEY (organisation, search_id, cluster_id)
);

create table scan (
  organisation uuid not null,
  id uuid not null,
  upload_id uuid not null,
  hunt_id uuid,
  key_id uuid,
  endpoint_id uuid,
  scan_type text,
  scanner_version text,
  source_address text,
  state text not null default 'receiving'::text,
  end_reason text,
  created_at timestamp with time zone not null default now(),
  heard_at timestamp with time zone not null default now(),
  ended_at timestamp with time zone,
  finished_at timestamp with time zone,
  claimed_start double precision,
  claimed_end double precision,
  verdict text,
  families text[] not null default '{}'::text[],
  counts jsonb,
  report bytea,
  global_generation bigint,
  organisation_generation bigint,
  round integer,
  gaps text[],
  rules smallint not null default 0,
  removed_at timestamp with time zone,
  constraint scan_state_check CHECK ((state = ANY (ARRAY['receiving'::text, 'analysing'::text, 'done'::text, 'failed'::text]))),
  constraint scan_verdict_check CHECK ((verdict = ANY (ARRAY['no_threats'::text, 'incomplete'::text, 'suspicious'::text, 'infected'::text]))),
  constraint scan_organisation_endpoint_id_fkey FOREIGN KEY (organisation, endpoint_id) REFERENCES endpoint(organisation, id),
  constraint scan_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id),
  constraint scan_organisation_hunt_id_fkey FOREIGN KEY (organisation, hunt_id) REFERENCES hunt(organisation, id),
  constraint scan_pkey PRIMARY KEY (organisation, id)
);
CREATE INDEX scan_created ON public.scan USING btree (organisation, created_at DESC, id);
CREATE INDEX scan_endpoint ON public.scan USING btree (organisation, endpoint_id, created_at DESC);
CREATE INDEX scan_finished ON public.scan USING btree (organisation, finished_at);
CREATE INDEX scan_hunt ON public.scan USING btree (organisation, hunt_id, round) WHERE (hunt_id IS NOT NULL);
CREATE INDEX scan_open ON public.scan USING btree (heard_at) WHERE (state = ANY (ARRAY['receiving'::text, 'analysing'::text]));
CREATE INDEX scan_rules ON public.scan USING btree (rules) WHERE (state = 'done'::text);
CREATE UNIQUE INDEX scan_upload ON public.scan USING btree (upload_id);

create table scan_artifact (
  organisation uuid not null,
  scan_id uuid not null,
  sha256 bytea not null,
  layout text not null,
  size bigint,
  wanted boolean not null,
  constraint scan_artifact_organisation_scan_id_fkey FOREIGN KEY (organisation, scan_id) REFERENCES scan(organisation, id) ON DELETE CASCADE,
  constraint scan_artifact_pkey PRIMARY KEY (organisation, scan_id, sha256, layout)
);
CREATE INDEX scan_artifact_artifact ON public.scan_artifact USING btree (organisation, sha256, layout);

create table scan_change (
  organisation uuid not null,
  scan_id uuid not null,
  number bigint not null generated always as identity,
  at timestamp with time zone not null default now(),
  before text not null,
  after text not null,
  families_before text[] not null,
  families_after text[] not null,
  global_before bigint not null,
  global_after bigint not null,
  organisation_before bigint not null,
  organisation_after bigint not null,
  rules_before smallint not null default 0,
  rules_after smallint not null default 0,
  constraint scan_change_organisation_scan_id_fkey FOREIGN KEY (organisation, scan_id) REFERENCES scan(organisation, id) ON DELETE CASCADE,
  constraint scan_change_pkey PRIMARY KEY (organisation, scan_id, number)
);
CREATE INDEX scan_change_at ON public.scan_change USING btree (organisation, at DESC);

create table scan_part (
  organisation uuid not null,
  scan_id uuid not null,
  message text not null,
  part bigint not null,
  content bytea not null,
  received_at timestamp with time zone not null default now(),
  constraint scan_part_organisation_content_fkey FOREIGN KEY (organisation, content) REFERENCES content(organisation, sha256),
  constraint scan_part_organisation_scan_id_fkey FOREIGN KEY (organisation, scan_id) REFERENCES scan(organisation, id) ON DELETE CASCADE,
  constraint scan_part_pkey PRIMARY KEY (organisation, scan_id, message, part)
);

create table scan_problem (
  organisation uuid not null,
  scan_id uuid not null,
  number bigint not null generated always as identity,
  about text,
  code text not null,
  message text not null,
  created_at timestamp with time zone not null default now(),
  constraint scan_problem_organisation_scan_id_fkey FOREIGN KEY (organisation, scan_id) REFERENCES scan(organisation, id) ON DELETE CASCADE,
  constraint scan_problem_pkey PRIMARY KEY (organisation, scan_id, number)
);

create table scan_receipt (
  organisation uuid not null,
  scan_id uuid not null,
  document text not null,
  key_id bytea not null,
  signature bytea not null,
  constraint scan_receipt_signature_check CHECK ((octet_length(signature) = 64)),
  constraint scan_receipt_key_id_fkey FOREIGN KEY (key_id) REFERENCES receipt_key(id),
  constraint scan_receipt_organisation_scan_id_fkey FOREIGN KEY (organisation, scan_id) REFERENCES scan(organisation, id) ON DELETE CASCADE,
  constraint scan_receipt_pkey PRIMARY KEY (organisation, scan_id)
);

create table schema_migration (
  version integer not null,
  name text not null,
  digest text not null,
  applied_at timestamp with time zone not null default now(),
  constraint schema_migration_pkey PRIMARY KEY (version)
);

create table session (
  token_hash bytea not null,
  organisation uuid not null,
  user_id uuid not null,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  id uuid not null default gen_random_uuid(),
  last_seen_at timestamp with time zone not null default now(),
  address text not null default ''::text,
  browser text not null default ''::text,
  method text not null default 'password'::text,
  constraint session_method_check CHECK ((method = ANY (ARRAY['password'::text, 'provider'::text]))),
  constraint session_organisation_user_id_fkey FOREIGN KEY (organisation, user_id) REFERENCES user_account(organisation, id) ON DELETE CASCADE,
  constraint session_pkey PRIMARY KEY (token_hash)
);
CREATE INDEX session_expiry ON public.session USING btree (expires_at);
CREATE UNIQUE INDEX session_id ON public.session USING btree (organisation, id);
CREATE INDEX session_of_user ON public.session USING btree (organisation, user_id);

create table sighting (
  organisation uuid not null,
  scan_id uuid not null,
  sha256 bytea not null,
  layout text not null,
  pid bigint not null,
  address numeric(20,0) not null,
  kind text not null,
  path text,
  findings text[] not null default '{}'::text[],
  constraint sighting_kind_check CHECK ((kind = ANY (ARRAY['file'::text, 'module'::text, 'region'::text]))),
  constraint sighting_organisation_scan_id_fkey FOREIGN KEY (organisation, scan_id) REFERENCES scan(organisation, id) ON DELETE CASCADE,
  constraint sighting_pkey PRIMARY KEY (organisation, scan_id, sha256, layout, pid, address)
);
CREATE INDEX sighting_artifact ON public.sighting USING btree (organisation, sha256, layout);

create table sign_in_guess (
  subject bytea not null,
  count integer not null,
  last_at timestamp with time zone not null default now(),
  until_at timestamp with time zone not null default now(),
  of_account boolean not null default false,
  constraint sign_in_guess_subject_check CHECK ((octet_length(subject) = 32)),
  constraint sign_in_guess_pkey PRIMARY KEY (subject)
);
CREATE INDEX sign_in_guess_age ON public.sign_in_guess USING btree (last_at);

create table signature (
  id uuid not null,
  name text not null,
  family text not null,
  type text not null,
  rule text not null,
  sequences integer not null,
  source text not null,
  licence text not null,
  attribution text not null,
  created_by text not null,
  created_at timestamp with time zone not null default now(),
  withdrawn_by text,
  withdrawn_at timestamp with time zone,
  constraint signature_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX signature_name ON public.signature USING btree (name) WHERE (withdrawn_at IS NULL);

create table signature_hit (
  organisation uuid not null,
  sha256 bytea not null,
  layout text not null,
  signature_id uuid not null,
  matched integer not null,
  constraint signature_hit_organisation_sha256_layout_fkey FOREIGN KEY (organisation, sha256, layout) REFERENCES artifact_signature(organisation, sha256, layout) ON DELETE CASCADE,
  constraint signature_hit_signature_id_fkey FOREIGN KEY (signature_id) REFERENCES signature(id),
  constraint signature_hit_pkey PRIMARY KEY (organisation, sha256, layout, signature_id)
);

create table signature_set (
  version bigint not null,
  constraint signature_set_pkey PRIMARY KEY (version)
);

create table signer (
  organisation uuid not null,
  id bytea not null,
  subject text,
  chain bytea[] not null,
  stamp_chain bytea[] not null,
  constraint signer_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id),
  constraint signer_pkey PRIMARY KEY (organisation, id)
);
CREATE INDEX signer_subject ON public.signer USING btree (subject);

create table source (
  organisation uuid not null,
  id uuid not null,
  kind text not null,
  name text not null,
  licence text not null,
  tlp text not null,
  attribution text not null,
  dated timestamp with time zone,
  signer bytea,
  sha256 bytea,
  genes bigint not null default 0,
  labels bigint not null default 0,
  created_by text not null,
  created_at timestamp with time zone not null default now(),
  generation bigint,
  revoked_generation bigint,
  revoked_by text,
  revoked_at timestamp with time zone,
  revoked_reason text,
  files bigint not null default 0,
  constraint source_kind_check CHECK ((kind = ANY (ARRAY['pack'::text, 'import'::text, 'hashes'::text]))),
  constraint source_tlp_check CHECK ((tlp = ANY (ARRAY['clear'::text, 'green'::text, 'amber'::text, 'amber+strict'::text, 'red'::text]))),
  constraint source_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id),
  constraint source_pkey PRIMARY KEY (organisation, id)
);
CREATE INDEX source_generation ON public.source USING btree (organisation, generation);
CREATE UNIQUE INDEX source_standing ON public.source USING btree (organisation, lower(name)) WHERE (revoked_at IS NULL);

create table unknown_cluster (
  organisation uuid not null,
  id uuid not null,
  members integer not null default 0,
  endpoints integer not null default 0,
  processes integer not null default 0,
  first_seen_at timestamp with time zone,
  last_seen_at timestamp with time zone,
  findings text[] not null default '{}'::text[],
  path text,
  genes integer not null default 0,
  resembles text,
  resembles_share double precision,
  stale boolean not null default true,
  constraint unknown_cluster_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id),
  constraint unknown_cluster_pkey PRIMARY KEY (organisation, id)
);
CREATE INDEX unknown_cluster_rarity ON public.unknown_cluster USING btree (organisation, endpoints, processes, id);
CREATE INDEX unknown_cluster_stale ON public.unknown_cluster USING btree (organisation, id) WHERE stale;

create table unknown_gene (
  organisation uuid not null,
  gene bytea not null,
  sha256 bytea not null,
  layout text not null,
  constraint unknown_gene_organisation_sha256_layout_fkey FOREIGN KEY (organisation, sha256, layout) REFERENCES unknown_member(organisation, sha256, layout) ON DELETE CASCADE,
  constraint unknown_gene_pkey PRIMARY KEY (organisation, gene, sha256, layout)
);
CREATE INDEX unknown_gene_member ON public.unknown_gene USING btree (organisation, sha256, layout);

create table unknown_member (
  organisation uuid not null,
  sha256 bytea not null,
  layout text not null,
  cluster_id uuid not null,
  constraint unknown_member_organisation_cluster_id_fkey FOREIGN KEY (organisation, cluster_id) REFERENCES unknown_cluster(organisation, id) ON DELETE CASCADE,
  constraint unknown_member_pkey PRIMARY KEY (organisation, sha256, layout)
);
CREATE INDEX unknown_member_cluster ON public.unknown_member USING btree (organisation, cluster_id);

create table unknown_sweep (
  organisation uuid not null,
  swept_at timestamp with time zone not null,
  constraint unknown_sweep_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id),
  constraint unknown_sweep_pkey PRIMARY KEY (organisation)
);

create table user_account (
  organisation uuid not null,
  id uuid not null,
  name text not null,
  password_hash text not null,
  roles text[] not null,
  created_at timestamp with time zone not null default now(),
  created_by text not null default 'installation'::text,
  disabled_at timestamp with time zone,
  must_change_password boolean not null default false,
  last_sign_in_at timestamp with time zone,
  totp_secret bytea,
  totp_confirmed_at timestamp with time zone,
  totp_step bigint not null default 0,
  constraint user_account_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id),
  constraint user_account_pkey PRIMARY KEY (organisation, id)
);
CREATE UNIQUE INDEX user_account_name ON public.user_account USING btree (lower(name));

create table verdict (
  organisation uuid not null,
  sha256 bytea not null,
  layout text not null,
  scheme integer not null,
  verdict text not null,
  sub_verdict text not null,
  evidence jsonb not null,
  global_generation bigint not null,
  organisation_generation bigint not null,
  judged_at timestamp with time zone not null default now(),
  rules smallint not null default 0,
  constraint verdict_verdict_check CHECK ((verdict = ANY (ARRAY['trusted'::text, 'unknown'::text, 'suspicious'::text, 'malicious'::text]))),
  constraint verdict_pkey PRIMARY KEY (organisation, sha256, layout)
);
CREATE INDEX verdict_accused ON public.verdict USING btree (organisation, judged_at DESC) WHERE (verdict = ANY (ARRAY['malicious'::text, 'suspicious'::text]));
CREATE INDEX verdict_rules ON public.verdict USING btree (rules);
CREATE INDEX verdict_unknown ON public.verdict USING btree (organisation, sha256, layout) WHERE (verdict = 'unknown'::text);

create table verdict_history (
  organisation uuid not null,
  sha256 bytea not null,
  layout text not null,
  number bigint not null generated always as identity,
  verdict text not null,
  sub_verdict text not null,
  evidence jsonb not null,
  scheme integer not null,
  global_generation bigint not null,
  organisation_generation bigint not null,
  judged_at timestamp with time zone not null,
  rules smallint not null default 0,
  constraint verdict_history_pkey PRIMARY KEY (organisation, sha256, layout, number)
);

create table work_case (
  organisation uuid not null,
  id uuid not null,
  endpoint_id uuid not null,
  sha256 bytea,
  layout text,
  state text not null default 'new'::text,
  assignee text,
  comments integer not null default 0,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint work_case_check CHECK (((sha256 IS NULL) = (layout IS NULL))),
  constraint work_case_layout_check CHECK ((layout = ANY (ARRAY['file'::text, 'mapped'::text, 'raw'::text]))),
  constraint work_case_sha256_check CHECK ((octet_length(sha256) = 32)),
  constraint work_case_state_check CHECK ((state = ANY (ARRAY['new'::text, 'investigating'::text, 'contained'::text, 'closed'::text]))),
  constraint work_case_organisation_endpoint_id_fkey FOREIGN KEY (organisation, endpoint_id) REFERENCES endpoint(organisation, id) ON DELETE CASCADE,
  constraint work_case_organisation_fkey FOREIGN KEY (organisation) REFERENCES organisation(id),
  constraint work_case_pkey PRIMARY KEY (organisation, id)
);
CREATE UNIQUE INDEX work_case_subject ON public.work_case USING btree (organisation, endpoint_id, sha256, layout) NULLS NOT DISTINCT;
CREATE INDEX work_case_updated ON public.work_case USING btree (organisation, updated_at DESC, id);

create table work_case_event (
  organisation uuid not null,
  case_id uuid not null,
  id uuid not null,
  kind text not null,
  value text,
  created_by text not null,
  created_at timestamp with time zone not null default now(),
  constraint work_case_event_kind_check CHECK ((kind = ANY (ARRAY['comment'::text, 'state'::text, 'assignee'::text]))),
  constraint work_case_event_organisation_case_id_fkey FOREIGN KEY (organisation, case_id) REFERENCES work_case(organisation, id) ON DELETE CASCADE,
  constraint work_case_event_pkey PRIMARY KEY (organisation, case_id, id)
);
