-- Periods in which a KPI that is built whole has other rows than before ($metrics: the KPIs that were built), as the
-- temporary table changed_whole_periods (shop, grain, period_start).
create or replace temp table changed_whole_periods as
with rows_now as (
    select *
    from kpi.metric_rows
    where list_contains($metrics, metric) and metric in (select metric from seed.metrics where is_whole)
),

changed as (
    (from rows_now except from known_whole_rows)
    union all
    (from known_whole_rows except from rows_now)
)

select distinct shop, grain, period_start
from changed;

drop table known_whole_rows;
