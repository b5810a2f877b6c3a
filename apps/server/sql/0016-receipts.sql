-- What the server signed when a scan ended, and the public halves of the keys it signed with.
create table receipt_key (
  -- SHA-256 of the public key.
  id bytea primary key check (octet_length(id) = 32),
  public_key bytea not null check (octet_length(public_key) = 32),
  created_at timestamptz not null default now(),
  retired_at timestamptz
);

create table scan_receipt (
  organisation uuid not null,
  scan_id uuid not null,
  -- The exact text that is signed.
  document text not null,
  key_id bytea not null references receipt_key,
  signature bytea not null check (octet_length(signature) = 64),
  primary key (organisation, scan_id),
  foreign key (organisation, scan_id) references scan on delete cascade
);
