/*
grain: one row per group of shops and KPI of the week, by stage
note: >
  A group whose shops are not all complete has the numbers of those that are, with coverage below 1; lacks names the others,
  and exchange_rates where a rate is missing.
*/
with kpis as (
    select * from kpi.fct_kpi
    where entity_type = 'group' and grain = 'week'
),

coverage as (
    select * rename (metric as covered_by) from kpi.period_coverage
    where grain = 'week'
),

metrics as (
    select * from meta.metrics
),

entities as (
    select * from marts.dim_entity
    where entity_type = 'group'
),

earlier as (
    select * replace (period_start + interval 7 day as period_start) from kpis
)

select
    kpis.shop,
    kpis.entity_type,
    kpis.entity,
    coalesce(entities.name, kpis.entity) as group_title,
    'stage_' || metrics.stage as stage_name,
    kpis.metric,
    metrics.title_zh as metric_title_zh,
    metrics.title_en as metric_title_en,
    metrics.unit,
    metrics.direction,
    kpis.currency,
    kpis.value,
    earlier.value as value_last_week,
    (kpis.value - earlier.value) / nullif(abs(earlier.value), 0) as value_change,
    kpis.coverage,
    array_to_string(
        list_concat(
            coverage.missing_shops, list_intersect(coalesce(coverage.missing_inputs, []), ['exchange_rates'])
        ),
        ', '
    ) as lacks
from kpis
inner join metrics using (metric)
left join entities using (shop, entity)
left join coverage using (shop, covered_by, grain, period_start)
left join earlier using (shop, metric, period_start)
where kpis.period_start = $week
order by kpis.shop, metrics.stage, kpis.metric
