-- Removes the KPI rows of the periods that are built again, and all rows of the KPIs that are built whole.
delete from kpi.metric_rows
where
    (shop, grain, period_start) in (select shop, grain, period_start from touched_periods)
    or metric in (select metric from seed.metrics where is_whole)
