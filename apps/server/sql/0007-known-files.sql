-- Files that hash lists know by a product. Known is not trusted: it says what a file is, never that it is good.
create table known_product (
  organisation uuid not null,
  source_id uuid not null,
  id integer generated always as identity,
  name text not null,
  version text not null,
  manufacturer text not null,
  primary key (organisation, source_id, id),
  foreign key (organisation, source_id) references source
);
create unique index known_product_words on known_product (organisation, source_id, md5(name), md5(version), md5(manufacturer));

create table known_file (
  organisation uuid not null,
  sha256 bytea not null check (octet_length(sha256) = 32),
  source_id uuid not null,
  product_id integer not null,
  primary key (organisation, sha256, source_id),
  foreign key (organisation, source_id, product_id) references known_product
);

alter table source add column files bigint not null default 0;
