-- The first schema. Everything is keyed by organisation first; the nil organisation owns what is global.
-- Numbered files run forward only, each in one transaction (ADR 0004).

create table organisation (
  id uuid primary key,
  name text not null unique,
  created_at timestamptz not null default now()
);
insert into organisation (id, name) values ('00000000-0000-0000-0000-000000000000', 'global');

-- One row: this installation.
create table installation (
  id uuid primary key,
  created_at timestamptz not null default now()
);

create table user_account (
  organisation uuid not null references organisation,
  id uuid not null,
  name text not null,
  password_hash text not null,
  roles text[] not null,
  created_at timestamptz not null default now(),
  primary key (organisation, id)
);
create unique index user_account_name on user_account (lower(name));

create table session (
  token_hash bytea primary key,
  organisation uuid not null,
  user_id uuid not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  foreign key (organisation, user_id) references user_account on delete cascade
);
create index session_expiry on session (expires_at);

create table hunt (
  organisation uuid not null references organisation,
  id uuid not null,
  name text not null,
  created_at timestamptz not null default now(),
  created_by text not null,
  primary key (organisation, id)
);

create table hunt_target (
  organisation uuid not null,
  hunt_id uuid not null,
  name text not null,
  primary key (organisation, hunt_id, name),
  foreign key (organisation, hunt_id) references hunt on delete cascade
);

-- Keys are UUIDs of which only the SHA-256 is kept.
create table api_key (
  organisation uuid not null references organisation,
  id uuid not null,
  key_hash bytea not null,
  name text not null,
  permission text not null check (permission in ('scan', 'read', 'full')),
  hunt_id uuid,
  created_at timestamptz not null default now(),
  created_by text not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  primary key (organisation, id),
  foreign key (organisation, hunt_id) references hunt
);
create unique index api_key_hash on api_key (key_hash);

create table access_token (
  token_hash bytea primary key,
  organisation uuid not null,
  key_id uuid not null,
  expires_at timestamptz not null,
  foreign key (organisation, key_id) references api_key on delete cascade
);
create index access_token_expiry on access_token (expires_at);

-- Counter per scope, advanced by each committed change of labels.
create table generation (
  organisation uuid primary key references organisation,
  value bigint not null default 0,
  -- Up to here the artifacts that a change concerns have been judged again, or are being judged: a verdict that used
  -- an older generation than `rejudging` is not stored.
  rejudged bigint not null default 0,
  rejudging bigint not null default 0
);
insert into generation (organisation) values ('00000000-0000-0000-0000-000000000000');

create table family (
  organisation uuid not null references organisation,
  id uuid not null,
  -- What the gene index stores instead of the id.
  number integer generated always as identity,
  name text not null,
  type text not null,
  created_at timestamptz not null default now(),
  primary key (organisation, id)
);
create unique index family_number on family (number);
create unique index family_name on family (organisation, lower(name));

create table artifact (
  organisation uuid not null references organisation,
  sha256 bytea not null check (octet_length(sha256) = 32),
  layout text not null check (layout in ('file', 'mapped', 'raw')),
  -- What the postings of the gene index store instead of the key.
  number bigint generated always as identity,
  size bigint not null,
  -- Whether the blob store has the bytes; a file that a global label names is judged without them.
  stored boolean not null,
  state text not null default 'queued' check (state in ('queued', 'running', 'done', 'failed', 'unsupported')),
  problem text,
  received_at timestamptz not null default now(),
  analysed_at timestamptz,
  primary key (organisation, sha256, layout)
);
create unique index artifact_number on artifact (number);
-- What is still to be analysed: found again after a crash.
create index artifact_unfinished on artifact (organisation, sha256, layout) where state in ('queued', 'running');

-- genes: sorted distinct genes of every form, delta-coded: what the index is built from and what a change of labels
-- is searched in. gene_count: distinct fuzzy genes. body: the encoded genome, zstd.
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
  primary key (organisation, sha256, layout, scheme),
  foreign key (organisation, sha256, layout) references artifact on delete cascade
);

-- Appended, never changed: that an artifact belongs to a family; a revocation is a record of its own. `generation`
-- is set once, when the sample's genes are there: from that generation on the label speaks.
create table label (
  organisation uuid not null references organisation,
  id uuid not null,
  sequence bigint generated always as identity,
  sha256 bytea not null,
  layout text not null,
  family_id uuid not null,
  source text not null,
  reason text,
  created_by text not null,
  created_at timestamptz not null default now(),
  generation bigint,
  primary key (organisation, id),
  foreign key (organisation, family_id) references family,
  foreign key (organisation, sha256, layout) references artifact
);
create unique index label_sequence on label (sequence);
create index label_artifact on label (organisation, sha256, layout);
create index label_family on label (organisation, family_id);
create index label_generation on label (organisation, generation, sequence);
create index label_waiting on label (organisation, sequence) where generation is null;

create table label_revocation (
  organisation uuid not null,
  label_id uuid not null,
  sequence bigint generated always as identity,
  reason text,
  created_by text not null,
  created_at timestamptz not null default now(),
  generation bigint not null,
  primary key (organisation, label_id),
  foreign key (organisation, label_id) references label
);

create table endpoint (
  organisation uuid not null references organisation,
  id uuid not null,
  name text not null,
  operating_system text,
  identity text not null check (identity in ('confirmed', 'name_only')),
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  primary key (organisation, id)
);
create index endpoint_name on endpoint (organisation, lower(name));

create table endpoint_identity (
  organisation uuid not null,
  kind text not null,
  value text not null,
  endpoint_id uuid not null,
  confidence smallint not null,
  seen_at timestamptz not null default now(),
  primary key (organisation, kind, value, endpoint_id),
  foreign key (organisation, endpoint_id) references endpoint on delete cascade
);

-- id is the public analysis id; upload_id the scan_id of the upload routes.
create table scan (
  organisation uuid not null references organisation,
  id uuid not null,
  upload_id uuid not null,
  hunt_id uuid,
  key_id uuid,
  endpoint_id uuid,
  scan_type text,
  scanner_version text,
  source_address text,
  state text not null default 'receiving' check (state in ('receiving', 'analysing', 'done', 'failed')),
  end_reason text,
  created_at timestamptz not null default now(),
  -- When it last sent something; one that fell silent is ended as interrupted.
  heard_at timestamptz not null default now(),
  ended_at timestamptz,
  finished_at timestamptz,
  claimed_start double precision,
  claimed_end double precision,
  verdict text check (verdict in ('no_threats', 'incomplete', 'suspicious', 'infected')),
  families text[] not null default '{}',
  -- Artifacts by verdict.
  counts jsonb,
  -- The report as JSON, zstd: it may hold what jsonb refuses (NUL), and nobody searches in it.
  report bytea,
  global_generation bigint,
  organisation_generation bigint,
  primary key (organisation, id),
  foreign key (organisation, hunt_id) references hunt,
  foreign key (organisation, endpoint_id) references endpoint
);
create unique index scan_upload on scan (upload_id);
create index scan_created on scan (organisation, created_at desc, id);
create index scan_open on scan (heard_at) where state in ('receiving', 'analysing');
create index scan_endpoint on scan (organisation, endpoint_id, created_at desc);

-- Parts of scans, stored once by content: most endpoints share their autoruns. `size` in bytes before zstd.
create table content (
  organisation uuid not null references organisation,
  sha256 bytea not null,
  size integer not null,
  body bytea not null,
  primary key (organisation, sha256)
);

create table scan_part (
  organisation uuid not null,
  scan_id uuid not null,
  message text not null,
  -- From 0 in order of arrival; of messages about one process its pid.
  part bigint not null,
  content bytea not null,
  received_at timestamptz not null default now(),
  primary key (organisation, scan_id, message, part),
  foreign key (organisation, scan_id) references scan on delete cascade,
  foreign key (organisation, content) references content
);

-- What an open scan announced. `wanted`: its bytes were asked for. Gone once the scan is judged: its parts hold
-- everything, sightings and artifact_endpoint what is searched.
create table scan_artifact (
  organisation uuid not null,
  scan_id uuid not null,
  sha256 bytea not null,
  layout text not null,
  -- As the endpoint claims.
  size bigint,
  wanted boolean not null,
  primary key (organisation, scan_id, sha256, layout),
  foreign key (organisation, scan_id) references scan on delete cascade
);
create index scan_artifact_artifact on scan_artifact (organisation, sha256, layout);

-- Refusals and oddities of a scan's upload, shown in its report.
create table scan_problem (
  organisation uuid not null,
  scan_id uuid not null,
  number bigint generated always as identity,
  -- The refused message of the protocol; null where no message was lost.
  about text,
  code text not null,
  message text not null,
  created_at timestamptz not null default now(),
  primary key (organisation, scan_id, number),
  foreign key (organisation, scan_id) references scan on delete cascade
);

create table artifact_endpoint (
  organisation uuid not null,
  sha256 bytea not null,
  layout text not null,
  endpoint_id uuid not null,
  first_scan uuid not null,
  last_scan uuid not null,
  primary key (organisation, sha256, layout, endpoint_id)
);
create index artifact_endpoint_endpoint on artifact_endpoint (organisation, endpoint_id);

-- Only for artifacts that are not trusted; all others are in the scan's parts.
create table sighting (
  organisation uuid not null,
  scan_id uuid not null,
  sha256 bytea not null,
  layout text not null,
  pid bigint not null,
  address numeric(20) not null,
  kind text not null check (kind in ('file', 'module', 'region')),
  path text,
  findings text[] not null default '{}',
  primary key (organisation, scan_id, sha256, layout, pid, address),
  foreign key (organisation, scan_id) references scan on delete cascade
);
create index sighting_artifact on sighting (organisation, sha256, layout);

-- The newest verdict of an artifact; `verdict_history` keeps what it was.
create table verdict (
  organisation uuid not null,
  sha256 bytea not null,
  layout text not null,
  scheme integer not null,
  verdict text not null check (verdict in ('trusted', 'unknown', 'suspicious', 'malicious')),
  sub_verdict text not null,
  evidence jsonb not null,
  global_generation bigint not null,
  organisation_generation bigint not null,
  judged_at timestamptz not null default now(),
  primary key (organisation, sha256, layout)
);

create table verdict_history (
  organisation uuid not null,
  sha256 bytea not null,
  layout text not null,
  number bigint generated always as identity,
  verdict text not null,
  sub_verdict text not null,
  evidence jsonb not null,
  scheme integer not null,
  global_generation bigint not null,
  organisation_generation bigint not null,
  judged_at timestamptz not null,
  primary key (organisation, sha256, layout, number)
);

create table audit (
  organisation uuid not null references organisation,
  number bigint generated always as identity,
  at timestamptz not null default now(),
  actor text not null,
  action text not null,
  subject text,
  details jsonb not null default '{}',
  primary key (organisation, number)
);
