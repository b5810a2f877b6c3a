-- Unknown code of the fleet: artifacts whose verdict is unknown, in clusters that share genes. Derived from verdicts,
-- stored genes and sightings; the figures of a cluster are kept so that ten thousands of them are ranked at once.
create table unknown_cluster (
  organisation uuid not null references organisation,
  id uuid not null,
  members integer not null default 0,
  endpoints integer not null default 0,
  -- Distinct processes over all scans.
  processes integer not null default 0,
  first_seen_at timestamptz,
  last_seen_at timestamptz,
  findings text[] not null default '{}',
  -- Where it is seen the most.
  path text,
  -- Distinct genes of the member that has the most.
  genes integer not null default 0,
  -- The known family that shares the most of it, and how much.
  resembles text,
  resembles_share double precision,
  -- Its figures are to be counted anew.
  stale boolean not null default true,
  primary key (organisation, id)
);
create index unknown_cluster_rarity on unknown_cluster (organisation, endpoints, processes, id);
create index unknown_cluster_stale on unknown_cluster (organisation, id) where stale;

create table unknown_member (
  organisation uuid not null,
  sha256 bytea not null,
  layout text not null,
  cluster_id uuid not null,
  primary key (organisation, sha256, layout),
  foreign key (organisation, cluster_id) references unknown_cluster on delete cascade
);
create index unknown_member_cluster on unknown_member (organisation, cluster_id);

-- The smallest genes of a member that no family has. Genes are hashes, so that two members share as much of these as
-- of all.
create table unknown_gene (
  organisation uuid not null,
  gene bytea not null,
  sha256 bytea not null,
  layout text not null,
  primary key (organisation, gene, sha256, layout),
  foreign key (organisation, sha256, layout) references unknown_member on delete cascade
);
create index unknown_gene_member on unknown_gene (organisation, sha256, layout);

-- Up to when judged scans are in the figures.
create table unknown_sweep (
  organisation uuid primary key references organisation,
  swept_at timestamptz not null
);

create index verdict_unknown on verdict (organisation, sha256, layout) where verdict = 'unknown';
create index scan_finished on scan (organisation, finished_at);
