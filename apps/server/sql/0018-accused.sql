-- Accused artifacts are few: the overview, foreign code and a family's page ask for them without reading every verdict.
create index verdict_accused on verdict (organisation, judged_at desc) where verdict in ('malicious', 'suspicious');
