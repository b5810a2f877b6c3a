-- Who signed programs of Windows, and whom an organisation trusts.

-- That the signatures of a file were looked at. Programs of Windows alone have such a row.
create table authenticode (
  organisation uuid not null,
  sha256 bytea not null,
  layout text not null default 'file' check (layout = 'file'),
  -- By which catalogs name it; null where no signature can count.
  digest bytea,
  -- Why signatures that it has do not count, or why they could not be looked at.
  problems text[] not null default '{}',
  examined_at timestamptz not null default now(),
  primary key (organisation, sha256),
  foreign key (organisation, sha256, layout) references artifact on delete cascade
);
create index authenticode_digest on authenticode (digest) where digest is not null;

-- Catalogs: lists of digests that somebody signed.
create table catalog (
  organisation uuid not null references organisation,
  id uuid not null,
  sha256 bytea not null,
  name text not null,
  members integer not null,
  weak_members integer not null,
  reason text not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  generation bigint not null,
  removed_by text,
  removed_at timestamptz,
  removal_reason text,
  removed_generation bigint,
  primary key (organisation, id)
);
create unique index catalog_sha256 on catalog (organisation, sha256) where removed_at is null;
create index catalog_generation on catalog (organisation, generation);
create index catalog_removed on catalog (organisation, removed_generation) where removed_generation is not null;
create table catalog_member (
  organisation uuid not null,
  catalog_id uuid not null,
  digest bytea not null,
  primary key (organisation, catalog_id, digest),
  foreign key (organisation, catalog_id) references catalog on delete cascade
);
create index catalog_member_digest on catalog_member (digest);

-- Distinct chains of certificates, leaf first, with that of the time stamp; `id` is their hash.
create table signer (
  organisation uuid not null references organisation,
  id bytea not null,
  subject text,
  chain bytea[] not null,
  stamp_chain bytea[] not null,
  primary key (organisation, id)
);
create index signer_subject on signer (subject);

-- Sound signatures: of a file, or of a catalog.
create table code_signature (
  organisation uuid not null,
  number bigint generated always as identity,
  sha256 bytea,
  catalog_id uuid,
  signer bytea not null,
  stamped_at timestamptz,
  primary key (organisation, number),
  check ((sha256 is null) <> (catalog_id is null)),
  foreign key (organisation, sha256) references authenticode on delete cascade,
  foreign key (organisation, catalog_id) references catalog on delete cascade,
  foreign key (organisation, signer) references signer
);
create index code_signature_file on code_signature (organisation, sha256) where sha256 is not null;
create index code_signature_catalog on code_signature (organisation, catalog_id) where catalog_id is not null;
create index code_signature_signer on code_signature (organisation, signer);

create table publisher (
  organisation uuid not null references organisation,
  id uuid not null,
  -- `CN=…, O=…`, exactly.
  subject text not null,
  certificates bytea[] not null,
  reason text not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  -- null: which signers it vouches for is still being found out.
  generation bigint,
  removed_by text,
  removed_at timestamptz,
  removal_reason text,
  removed_generation bigint,
  primary key (organisation, id)
);
create index publisher_subject on publisher (subject) where removed_at is null;

-- What was found out of a publisher and a signer of that name. No span: not below its certificates.
create table publisher_signer (
  organisation uuid not null,
  publisher_id uuid not null,
  scope uuid not null,
  signer bytea not null,
  valid_from timestamptz,
  valid_until timestamptz,
  stamp_from timestamptz,
  stamp_until timestamptz,
  primary key (organisation, publisher_id, scope, signer),
  foreign key (organisation, publisher_id) references publisher on delete cascade,
  foreign key (scope, signer) references signer on delete cascade
);
create index publisher_signer_signer on publisher_signer (scope, signer);
