-- Hunts with rounds: when scans are expected, of whom, and who came.
alter table hunt
  add column owner text not null default '',
  -- No list of targets: whoever comes is welcome.
  add column anyone boolean not null default false,
  add column scans_per_endpoint text not null default 'any' check (scans_per_endpoint in ('one', 'any')),
  add column closed_at timestamptz,
  -- Rounds by the clock: five fields of cron in this time zone, each open for so long; none begins from until_at on.
  add column cron text,
  add column time_zone text,
  add column round_seconds integer,
  add column next_round_at timestamptz,
  add column until_at timestamptz,
  -- What the scanner is to keep to, for kits.
  add column limits jsonb not null default '{}';
update hunt set anyone = not exists (
  select from hunt_target t where t.organisation = hunt.organisation and t.hunt_id = hunt.id);
create index hunt_due on hunt (next_round_at) where next_round_at is not null and closed_at is null;

alter table hunt_target add column group_name text;

create table hunt_round (
  organisation uuid not null,
  hunt_id uuid not null,
  number integer not null check (number > 0),
  opens_at timestamptz not null,
  closes_at timestamptz,
  primary key (organisation, hunt_id, number),
  foreign key (organisation, hunt_id) references hunt on delete cascade
);
insert into hunt_round (organisation, hunt_id, number, opens_at)
  select organisation, id, 1, created_at from hunt;

-- The round that was open when the scan began; null outside of one. Why the scan is not complete, in sentences; null
-- for scans judged before this was kept.
alter table scan add column round integer, add column gaps text[];
update scan set round = 1 where hunt_id is not null;
create index scan_hunt on scan (organisation, hunt_id, round) where hunt_id is not null;
