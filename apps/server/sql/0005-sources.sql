-- Sources of knowledge: where labels and genes come from, what may be done with them, and that they can be taken
-- back as a whole.
create table source (
  organisation uuid not null references organisation,
  id uuid not null,
  kind text not null check (kind in ('pack', 'import', 'hashes')),
  name text not null,
  licence text not null,
  tlp text not null check (tlp in ('clear', 'green', 'amber', 'amber+strict', 'red')),
  attribution text not null,
  -- As the source says.
  dated timestamptz,
  -- Of a pack: the Ed25519 public key and the SHA-256 of the file.
  signer bytea,
  sha256 bytea,
  genes bigint not null default 0,
  labels bigint not null default 0,
  created_by text not null,
  created_at timestamptz not null default now(),
  -- From which generation on its genes speak, and until which.
  generation bigint,
  revoked_generation bigint,
  revoked_by text,
  revoked_at timestamptz,
  revoked_reason text,
  primary key (organisation, id)
);
create unique index source_standing on source (organisation, lower(name)) where revoked_at is null;
create index source_generation on source (organisation, generation);

-- Genes of a pack in parts, sorted over all of them: `genes` as in genome; `sets`: for each gene the numbers of its
-- families, packs.md. `sequence` is of the same series as that of labels.
create table pack_genes (
  organisation uuid not null,
  source_id uuid not null,
  part integer not null,
  sequence bigint not null default nextval(pg_get_serial_sequence('label', 'sequence')),
  genes bytea not null,
  sets bytea not null,
  primary key (organisation, source_id, part),
  foreign key (organisation, source_id) references source
);

alter table label
  add column source_id uuid,
  add foreign key (organisation, source_id) references source;
create index label_source on label (organisation, source_id) where source_id is not null;

-- Whose packs are taken.
create table pack_signer (
  organisation uuid not null references organisation,
  public_key bytea not null check (octet_length(public_key) = 32),
  name text not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  primary key (organisation, public_key)
);
