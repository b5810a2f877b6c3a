-- One re-judging of the past after a scope's knowledge went from one generation to another.
create table retro_hunt (
  -- The scope.
  organisation uuid not null references organisation,
  id uuid not null,
  after_generation bigint not null,
  until_generation bigint not null,
  state text not null default 'running' check (state in ('running', 'done')),
  -- Distinct genes of the labels that changed.
  genes bigint not null default 0,
  -- Artifacts that may have one of them, those of these that were looked at, and those that were judged again.
  found bigint not null default 0,
  searched bigint not null default 0,
  judged bigint not null default 0,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (organisation, id)
);
-- A run that was cut off is taken up again from where the scope stands.
create unique index retro_hunt_after on retro_hunt (organisation, after_generation);
create index retro_hunt_started on retro_hunt (started_at desc);

-- What a retro-hunt changed, artifact by artifact. `organisation` is whose artifact it is.
create table retro_hunt_change (
  organisation uuid not null,
  scope uuid not null,
  retro_hunt_id uuid not null,
  sha256 bytea not null,
  layout text not null,
  before text not null,
  after text not null,
  primary key (organisation, scope, retro_hunt_id, sha256, layout),
  foreign key (scope, retro_hunt_id) references retro_hunt on delete cascade
);

-- Judged scans whose verdict or families became others. Appended: a clean scan never erases an infection.
create table scan_change (
  organisation uuid not null,
  scan_id uuid not null,
  number bigint generated always as identity,
  at timestamptz not null default now(),
  before text not null,
  after text not null,
  families_before text[] not null,
  families_after text[] not null,
  -- The generations of both judgements.
  global_before bigint not null,
  global_after bigint not null,
  organisation_before bigint not null,
  organisation_after bigint not null,
  primary key (organisation, scan_id, number),
  foreign key (organisation, scan_id) references scan on delete cascade
);
create index scan_change_at on scan_change (organisation, at desc);
