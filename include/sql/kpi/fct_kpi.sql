/*
grain: one row per shop, metric, entity, grain and period
partition: period
note: >
  coverage is the share of the period's days for which an export of every input is there. A target's inputs are those of
  the KPI that it is for.
*/
with metric_rows as (
    select
        *,
        if(entity_type = 'target', split_part(entity, '/', 1), metric) as covered_by
    from kpi.metric_rows
    where
        (shop, grain, period_start) in (select shop, grain, period_start from changed_kpi_periods)
        or metric in (select metric from changed_kpi_metrics)
),

period_coverage as (
    select * rename (metric as covered_by) from kpi.period_coverage
),

shops as (
    select shop, currency from staging.stg_shops
)

select
    metric_rows.shop,
    metric_rows.metric,
    metric_rows.entity_type,
    metric_rows.entity,
    metric_rows.grain,
    metric_rows.period_start,
    cast(case metric_rows.grain
        when 'day' then metric_rows.period_start
        when 'week' then metric_rows.period_start + interval 6 day
        else metric_rows.period_start + interval 1 month - interval 1 day
    end as date) as period_end,
    metric_rows.numerator,
    metric_rows.denominator,
    metric_rows.value,
    metric_rows.at_stake,
    shops.currency,
    coalesce(cast(period_coverage.days_covered as double) / nullif(period_coverage.days_expected, 0), 1) as coverage,
    period_coverage.missing_days,
    period_coverage.load_ids,
    metric_rows.covered_by,
    metric_rows.model_hash
from metric_rows
inner join period_coverage using (shop, covered_by, grain, period_start)
inner join shops using (shop)
