-- A command of the operator's own that starts the scanners when a round of the hunt begins.
alter table hunt add column runner text;

create table hunt_run (
  organisation uuid not null,
  hunt_id uuid not null,
  round integer not null,
  runner text not null,
  state text not null default 'queued' check (state in ('queued', 'running', 'done', 'failed')),
  exit_code integer,
  problem text,
  -- The last of what it wrote.
  output text not null default '',
  ordered_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  primary key (organisation, hunt_id, round),
  foreign key (organisation, hunt_id) references hunt on delete cascade
);
