-- Answers to writes that carried an Idempotency-Key, for who did not hear them. Sealed: some hold a secret.
create table idempotent_request (
  organisation uuid not null references organisation on delete cascade,
  -- The key's or user's id, or the local key.
  holder text not null,
  -- SHA-256 of what was sent as the key, and of the request.
  key bytea not null check (octet_length(key) = 32),
  fingerprint bytea not null check (octet_length(fingerprint) = 32),
  answer bytea,
  created_at timestamptz not null default now(),
  primary key (organisation, holder, key)
);
create index idempotent_request_age on idempotent_request (organisation, created_at);
