-- Code-sequence rules with a family, for the whole installation: like the global genome they belong to no organisation.
create table signature (
  id uuid primary key,
  -- As the rule's text has it.
  name text not null,
  family text not null,
  type text not null,
  rule text not null,
  -- Sequences that the rule has.
  sequences integer not null,
  source text not null,
  licence text not null,
  attribution text not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  withdrawn_by text,
  withdrawn_at timestamptz
);
create unique index signature_name on signature (name) where withdrawn_at is null;

-- One row: a number that every change of the rules advances.
create table signature_set (
  version bigint primary key
);
insert into signature_set (version) values (0);

-- That the rules of a version ran over an artifact, or why they could not.
create table artifact_signature (
  organisation uuid not null,
  sha256 bytea not null,
  layout text not null,
  version bigint not null,
  problem text,
  primary key (organisation, sha256, layout),
  foreign key (organisation, sha256, layout) references artifact on delete cascade
);

create table signature_hit (
  organisation uuid not null,
  sha256 bytea not null,
  layout text not null,
  signature_id uuid not null references signature,
  matched integer not null,
  primary key (organisation, sha256, layout, signature_id),
  foreign key (organisation, sha256, layout) references artifact_signature on delete cascade
);
