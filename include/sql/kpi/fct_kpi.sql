/*
grain: one row per shop, metric, entity, grain and period
partition: period
note: >
  coverage is the share of the period's days for which an export of every input is there. The inputs are those of the KPI
  covered_by: the KPI itself, the one that a target is for, or, where the shop's own rows come from another report, one
  of that report. Rows are in the order of time, so that who asks for the last periods does not read the others.
*/
with covering as (
    select distinct metric, entity_type, covered_by from seed.metric_grains
),

known_rows as (
    select
        *,
        if(entity_type = 'target', split_part(entity, '/', 1), metric) as measured_metric,
        if(entity_type = 'target', 'shop', entity_type) as measured_entity_type
    from kpi.metric_rows
    where (shop, grain, period_start) in (select shop, grain, period_start from changed_kpi_periods)
),

metric_rows as (
    select
        known_rows.*,
        coalesce(covering.covered_by, known_rows.measured_metric) as covered_by
    from known_rows
    left join covering
        on known_rows.measured_metric = covering.metric and known_rows.measured_entity_type = covering.entity_type
),

period_coverage as (
    select * rename (metric as covered_by) from kpi.period_coverage
),

shops as (
    select shop, currency from staging.stg_shops
    union all
    select shop, currency from seed.groups
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
order by metric_rows.period_start, metric_rows.metric
