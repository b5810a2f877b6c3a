-- The audit log cannot be edited: each record is chained by hash to the one before, and no row changes or goes.

/* What is hashed of a record, the same text for ever: a JSON array of its columns in this order. */
create function audit_record(entry audit) returns text language sql stable as $$
  select json_build_array(entry.organisation, entry.number, to_char(entry.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    entry.actor, entry.action, entry.subject, entry.details)::text
$$;

create table audit_link (
  organisation uuid not null,
  position bigint not null check (position > 0),
  number bigint not null,
  -- SHA-256 of the link before (32 zero bytes before the first) followed by the record's text in UTF-8.
  digest bytea not null check (length(digest) = 32),
  primary key (organisation, position),
  unique (organisation, number),
  foreign key (organisation, number) references audit
);

/*
 * Runs as a transaction commits, so that the lock on an organisation's chain is held shortly, and never while another
 * lock is waited for.
 */
create function audit_chain() returns trigger language plpgsql as $$
declare
  last audit_link;
begin
  perform pg_advisory_xact_lock(hashtextextended('audit ' || new.organisation, 0));
  select * into last from audit_link where organisation = new.organisation order by position desc limit 1;
  insert into audit_link (organisation, position, number, digest) values (
    new.organisation, coalesce(last.position, 0) + 1, new.number,
    sha256(coalesce(last.digest, decode(repeat('00', 32), 'hex')) || convert_to(audit_record(new), 'UTF8')));
  return null;
end
$$;

create function audit_stands() returns trigger language plpgsql as $$
begin
  raise exception 'The audit log is only appended to';
end
$$;

do $$
declare
  old audit;
  last audit_link;
begin
  for old in select * from audit order by organisation, number loop
    select * into last from audit_link where organisation = old.organisation order by position desc limit 1;
    insert into audit_link (organisation, position, number, digest) values (
      old.organisation, coalesce(last.position, 0) + 1, old.number,
      sha256(coalesce(last.digest, decode(repeat('00', 32), 'hex')) || convert_to(audit_record(old), 'UTF8')));
  end loop;
end
$$;

create constraint trigger audit_chain after insert on audit deferrable initially deferred
  for each row execute function audit_chain();
create trigger audit_stands before update or delete or truncate on audit
  for each statement execute function audit_stands();
create trigger audit_stands before update or delete or truncate on audit_link
  for each statement execute function audit_stands();
