-- What an organisation keeps, for how long, and what must stay whatever its age.

/* Null: for ever, which is what an organisation without a row has. */
create table retention (
  organisation uuid primary key references organisation (id),
  scan_days integer check (scan_days > 0),
  code_days integer check (code_days > 0),
  -- Of code as it was analysed, before compression.
  code_bytes bigint check (code_bytes > 0),
  notification_days integer check (notification_days > 0),
  updated_by text not null,
  updated_at timestamptz not null default now()
);

create table legal_hold (
  organisation uuid not null references organisation (id),
  id uuid not null,
  kind text not null check (kind in ('organisation', 'endpoint', 'scan')),
  -- The endpoint or scan.
  subject uuid,
  reason text not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  lifted_by text,
  lifted_at timestamptz,
  primary key (organisation, id),
  check ((kind = 'organisation') = (subject is null)),
  check ((lifted_by is null) = (lifted_at is null))
);
create index legal_hold_standing on legal_hold (organisation) where lifted_at is null;

-- What was delivered is gone; the row stays: that there was a scan, of which endpoint, when, its verdict and counts.
alter table scan add column removed_at timestamptz;
-- The bytes are gone; genes, verdict and places stay. Nobody is asked for these bytes again.
alter table artifact add column removed_at timestamptz;
create index artifact_removed on artifact (removed_at) where removed_at is not null;

/* Organisations that are gone or on their way. Names nothing of theirs but their id. */
create table organisation_deletion (
  id uuid primary key,
  deleted_by text not null,
  deleted_at timestamptz not null default now(),
  erased_at timestamptz
);
