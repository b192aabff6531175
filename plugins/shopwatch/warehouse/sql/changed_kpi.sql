-- Periods of kpi.fct_kpi to rebuild, as the temporary table changed_kpi_periods (shop, grain, period_start): those that
-- changed or whose coverage did. $metrics: the KPIs that were built, $is_whole: whether all periods changed.
create or replace temp table changed_kpi_periods as
select shop, grain, period_start from changed_periods
union
select shop, grain, period_start from moved_period_coverage
union
select shop, grain, period_start from changed_whole_periods
union
select shop, grain, period_start from changed_onward_periods
where exists (select 1 from seed.metrics where is_onward and list_contains($metrics, metric))
union
select shop, grain, period_start from kpi.period_coverage
where $is_whole
