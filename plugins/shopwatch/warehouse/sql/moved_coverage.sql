-- Replaces the rows of kpi.period_coverage that differ from what its model gives now (temp.fresh), as the temporary table
-- moved_period_coverage (shop, metric, grain, period_start). Compared by key: a set operation on rows with lists takes
-- four times as long.
create or replace temp table moved_period_coverage as
select shop, metric, grain, period_start
from (from kpi.period_coverage where period_start >= first_covered_day()) as known
full join fresh using (shop, metric, grain, period_start)
where known is distinct from fresh;

delete from kpi.period_coverage
where
    (shop, metric, grain, period_start) in (
        select shop, metric, grain, period_start from moved_period_coverage
    );

insert into kpi.period_coverage
select * from fresh
semi join moved_period_coverage using (shop, metric, grain, period_start);
