-- Which rules made a verdict: a release with other rules judges the past again. 0: of a release that did not say.
alter table verdict add column rules smallint not null default 0;
alter table verdict_history add column rules smallint not null default 0;
create index verdict_rules on verdict (rules);

-- The oldest rules by which any of the scan's artifacts was judged.
alter table scan add column rules smallint not null default 0;
create index scan_rules on scan (rules) where state = 'done';
alter table scan_change add column rules_before smallint not null default 0;
alter table scan_change add column rules_after smallint not null default 0;

-- A retro-hunt is ordered by changed knowledge, or by the rules of a release; of each number of rules there is one.
alter table retro_hunt add column reason text not null default 'knowledge' check (reason in ('knowledge', 'rules'));
alter table retro_hunt add column rules smallint check ((reason = 'rules') = (rules is not null));
drop index retro_hunt_after;
create unique index retro_hunt_after on retro_hunt (organisation, after_generation) where reason = 'knowledge';
create unique index retro_hunt_rules on retro_hunt (rules) where reason = 'rules';
