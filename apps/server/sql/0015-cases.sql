-- The work on endpoints and on artifacts of them: every change is a record, the case itself says how it stands.
create table work_case (
  organisation uuid not null references organisation,
  id uuid not null,
  endpoint_id uuid not null,
  -- Of the artifact that it is about; both null: the endpoint as a whole.
  sha256 bytea check (octet_length(sha256) = 32),
  layout text check (layout in ('file', 'mapped', 'raw')),
  state text not null default 'new' check (state in ('new', 'investigating', 'contained', 'closed')),
  assignee text,
  comments integer not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organisation, id),
  foreign key (organisation, endpoint_id) references endpoint on delete cascade,
  check ((sha256 is null) = (layout is null))
);
create unique index work_case_subject on work_case (organisation, endpoint_id, sha256, layout) nulls not distinct;
create index work_case_updated on work_case (organisation, updated_at desc, id);

create table work_case_event (
  organisation uuid not null,
  case_id uuid not null,
  id uuid not null,
  kind text not null check (kind in ('comment', 'state', 'assignee')),
  value text,
  created_by text not null,
  created_at timestamptz not null default now(),
  primary key (organisation, case_id, id),
  foreign key (organisation, case_id) references work_case on delete cascade
);

-- What an organisation knows of a family, its own or a global one.
create table family_facts (
  organisation uuid not null references organisation,
  family_organisation uuid not null,
  family_id uuid not null,
  aliases text[] not null default '{}',
  links jsonb not null default '[]',
  notes text not null default '',
  updated_by text not null,
  updated_at timestamptz not null default now(),
  primary key (organisation, family_organisation, family_id),
  foreign key (family_organisation, family_id) references family
);
