-- Wrong passwords and codes by what they were tried on: a restart forgives nothing, and several servers count together.
create table sign_in_guess (
  -- SHA-256 of the account's id or of the name as typed: people type their passwords there, too.
  subject bytea primary key check (octet_length(subject) = 32),
  count integer not null,
  last_at timestamptz not null default now(),
  -- Nothing is tried before.
  until_at timestamptz not null default now()
);
create index sign_in_guess_age on sign_in_guess (last_at);
