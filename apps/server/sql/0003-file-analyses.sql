-- Files that somebody asked about through the public API, and the older hashes by which its clients name them.

alter table artifact
  add column md5 bytea check (octet_length(md5) = 16),
  add column sha1 bytea check (octet_length(sha1) = 20);
create index artifact_md5 on artifact (organisation, md5) where md5 is not null;
create index artifact_sha1 on artifact (organisation, sha1) where sha1 is not null;

create table file_analysis (
  organisation uuid not null references organisation,
  id uuid not null,
  sha256 bytea not null check (octet_length(sha256) = 32),
  -- Null for what is no image: of such files nothing but this row is kept.
  layout text,
  file_name text,
  created_at timestamptz not null default now(),
  created_by text not null,
  primary key (organisation, id),
  foreign key (organisation, sha256, layout) references artifact
);
create index file_analysis_sha256 on file_analysis (organisation, sha256, id desc);
create index file_analysis_created on file_analysis (organisation, created_at desc, id desc);
