-- Questions over all code that an organisation has stored, answered in the background. `behind` is how far it is.
create table code_search (
  organisation uuid not null references organisation,
  id uuid not null,
  kind text not null check (kind in ('gene', 'function', 'family', 'rule')),
  question jsonb not null,
  -- Encoded set of the genes that are looked for, and how many of them make a hit.
  genes bytea,
  least integer not null default 1,
  -- Of the whole function, in hexadecimal.
  function_gene text,
  state text not null default 'queued' check (state in ('queued', 'running', 'done', 'failed')),
  problem text,
  -- Numbers of artifacts: the last one there was when it began, and the last one that was looked at.
  until bigint,
  behind bigint not null default 0,
  candidates bigint not null default 0,
  searched bigint not null default 0,
  unread bigint not null default 0,
  -- Artifacts on which the rule broke.
  broke integer not null default 0,
  hits bigint not null default 0,
  cut boolean not null default false,
  created_by text not null,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (organisation, id)
);

create table code_search_hit (
  organisation uuid not null,
  search_id uuid not null,
  -- Of the artifact.
  number bigint not null,
  matched integer not null,
  whole boolean,
  primary key (organisation, search_id, number),
  foreign key (organisation, search_id) references code_search on delete cascade
);
