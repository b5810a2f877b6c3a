-- Questions about unknown code that are asked again whenever it changes; what was found before is told once.
create table saved_search (
  organisation uuid not null references organisation,
  id uuid not null,
  name text not null,
  filter jsonb not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  removed_at timestamptz,
  primary key (organisation, id)
);

create table saved_search_hit (
  organisation uuid not null,
  search_id uuid not null,
  cluster_id uuid not null,
  found_at timestamptz not null default now(),
  primary key (organisation, search_id, cluster_id),
  foreign key (organisation, search_id) references saved_search on delete cascade
);
