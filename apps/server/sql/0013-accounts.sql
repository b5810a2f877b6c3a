-- Users beside the first: initial passwords, second factors, sessions that can be listed and end when idle.

alter table user_account
  add column created_by text not null default 'installation',
  add column disabled_at timestamptz,
  add column must_change_password boolean not null default false,
  add column last_sign_in_at timestamptz,
  -- RFC 6238: the shared secret, valid once confirmed, and the last step whose code was taken.
  add column totp_secret bytea,
  add column totp_confirmed_at timestamptz,
  add column totp_step bigint not null default 0;

create table recovery_code (
  organisation uuid not null,
  user_id uuid not null,
  code_hash bytea not null check (octet_length(code_hash) = 32),
  primary key (organisation, user_id, code_hash),
  foreign key (organisation, user_id) references user_account on delete cascade
);

alter table session
  add column id uuid not null default gen_random_uuid(),
  add column last_seen_at timestamptz not null default now(),
  add column address text not null default '',
  add column browser text not null default '',
  add column method text not null default 'password' check (method in ('password', 'provider'));
create unique index session_id on session (organisation, id);
create index session_of_user on session (organisation, user_id);
