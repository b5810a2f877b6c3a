-- Jobs whose last try failed. The queue forgets them after an hour; what they were about waits for somebody's decision.
create table failed_job (
  organisation uuid not null references organisation (id),
  id uuid not null,
  queue text not null,
  data jsonb not null,
  tries integer not null,
  reason text not null,
  failed_at timestamptz not null,
  decision text check (decision in ('retried', 'dismissed')),
  decided_by text,
  decided_at timestamptz,
  primary key (organisation, id),
  check ((decision is null) = (decided_by is null) and (decision is null) = (decided_at is null))
);
create index failed_job_failed on failed_job (organisation, failed_at desc, id);
create index failed_job_open on failed_job (organisation) where decision is null;
