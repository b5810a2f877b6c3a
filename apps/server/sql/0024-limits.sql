-- How much is taken of whom; null: what the installation's options say, and for months no end.
alter table api_key
  add column requests_per_minute integer check (requests_per_minute > 0),
  add column bytes_per_hour bigint check (bytes_per_hour > 0);
alter table organisation
  add column requests_per_minute integer check (requests_per_minute > 0),
  add column bytes_per_hour bigint check (bytes_per_hour > 0),
  add column scans_per_month integer check (scans_per_month >= 0),
  add column files_per_month integer check (files_per_month >= 0);
