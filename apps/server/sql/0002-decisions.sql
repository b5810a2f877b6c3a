-- Decisions of an organisation: acquitting and convicting artifacts that it has seen. Appended, never changed: a
-- decision makes labels, and undoing it revokes them.
create table decision (
  organisation uuid not null references organisation,
  id uuid not null,
  kind text not null check (kind in ('acquit', 'convict')),
  -- genes: the artifacts' genes speak; hash: these exact artifacts alone.
  basis text not null check (basis in ('genes', 'hash')),
  reason text,
  -- The scan that it was decided from; the scan may be gone since.
  scan_id uuid,
  created_by text not null,
  created_at timestamptz not null default now(),
  primary key (organisation, id)
);
create index decision_created on decision (organisation, created_at desc, id);

alter table label
  add column basis text not null default 'genes' check (basis in ('genes', 'hash')),
  add column decision_id uuid,
  add foreign key (organisation, decision_id) references decision;
create index label_decision on label (organisation, decision_id) where decision_id is not null;

-- An acquittal by genes whose code later knowledge calls malicious: the code counts as malicious, and this says so.
create table acquittal_conflict (
  organisation uuid not null,
  label_id uuid not null,
  number bigint generated always as identity,
  families text[] not null,
  raised_at timestamptz not null default now(),
  resolved_at timestamptz,
  primary key (organisation, label_id, number),
  foreign key (organisation, label_id) references label
);
create unique index acquittal_conflict_open on acquittal_conflict (organisation, label_id) where resolved_at is null;
