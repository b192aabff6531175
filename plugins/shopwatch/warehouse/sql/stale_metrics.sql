-- Deletes the rows of KPIs to rebuild ($metrics): those of changed periods, those of periods from the first changed day on
-- of KPIs that look back, and all rows of KPIs that are built whole, which are kept as known_whole_rows.
create or replace temp table known_whole_rows as
select *
from kpi.metric_rows
where list_contains($metrics, metric) and metric in (select metric from seed.metrics where is_whole);

delete from kpi.metric_rows
where
    list_contains($metrics, metric)
    and (shop, grain, period_start) in (select shop, grain, period_start from changed_periods);

delete from kpi.metric_rows
where
    list_contains($metrics, metric)
    and metric in (select metric from seed.metrics where is_onward)
    and (shop, grain, period_start) in (select shop, grain, period_start from changed_onward_periods);

delete from kpi.metric_rows
where list_contains($metrics, metric) and metric in (select metric from seed.metrics where is_whole)
