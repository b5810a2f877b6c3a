-- Whom a sign-in provider (OpenID Connect) names, and which account that opens: by issuer and subject, never by a name.
create table provider_identity (
  organisation uuid not null,
  issuer text not null,
  subject text not null,
  user_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (organisation, issuer, subject),
  unique (organisation, user_id),
  foreign key (organisation, user_id) references user_account on delete cascade
);
