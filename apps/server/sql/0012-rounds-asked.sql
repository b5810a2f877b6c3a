-- Whoever starts the scanners was asked to: of a round that is planned for later only when it begins.
alter table hunt_round add column asked boolean not null default false;
update hunt_round set asked = true where opens_at <= now();
create index hunt_round_beginning on hunt_round (opens_at) where not asked;
