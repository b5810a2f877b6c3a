-- Who is told of threats and rounds, and what became of each message.
create table notification_channel (
  organisation uuid not null references organisation,
  id uuid not null,
  name text not null,
  kind text not null check (kind in ('webhook', 'email', 'syslog')),
  -- Where it leads, passwords and signing secrets included: they have to be spoken, so that a hash would not do.
  settings jsonb not null,
  events text[] not null,
  severity text not null,
  hunt_id uuid,
  created_by text not null,
  created_at timestamptz not null default now(),
  removed_at timestamptz,
  primary key (organisation, id),
  foreign key (organisation, hunt_id) references hunt
);

create table notification (
  organisation uuid not null,
  id uuid not null,
  channel_id uuid not null,
  event text not null,
  severity text not null,
  -- What happened, once: the same thing is not told twice to one channel.
  about text not null,
  text text not null,
  details jsonb not null,
  created_at timestamptz not null default now(),
  state text not null default 'queued' check (state in ('queued', 'sent', 'failed')),
  tries integer not null default 0,
  problem text,
  sent_at timestamptz,
  primary key (organisation, id),
  foreign key (organisation, channel_id) references notification_channel
);
create unique index notification_about on notification (organisation, channel_id, about);

-- The end of the round was told; what ended before there were notifications is no news.
alter table hunt_round add column told boolean not null default false;
update hunt_round set told = true where closes_at <= now();
create index hunt_round_ending on hunt_round (closes_at) where not told;
