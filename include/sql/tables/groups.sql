/*
grain: one row per group of shops and KPI of the week, by stage
note: >
  A value without one complete day is missing: it would be that of the other shops. A change is given for two complete weeks.
  lacks names the shops whose data are incomplete, and exchange rates if one is missing.
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

shops as (
    select * from marts.dim_shop
),

missing_shops as (
    select
        coverage.shop,
        coverage.covered_by,
        coverage.period_start,
        string_agg(coalesce(shops.title, missing.missing_shop), ', ' order by missing.missing_shop) as titles
    from coverage
    cross join unnest(coverage.missing_shops) as missing (missing_shop)
    left join shops on missing.missing_shop = shops.shop
    group by coverage.shop, coverage.covered_by, coverage.period_start
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
    if(kpis.coverage > 0, kpis.value, null) as value,
    if(earlier.coverage > 0, earlier.value, null) as value_last_week,
    if(least(kpis.coverage, earlier.coverage) >= 1, (kpis.value - earlier.value) / nullif(abs(earlier.value), 0), null)
        as value_change,
    kpis.coverage,
    concat_ws(', ', missing_shops.titles, if(list_contains(coverage.missing_inputs, 'exchange_rates'), '汇率', null))
        as lacks_zh,
    concat_ws(
        ', ', missing_shops.titles, if(list_contains(coverage.missing_inputs, 'exchange_rates'), 'exchange rates', null)
    ) as lacks_en
from kpis
inner join metrics using (metric)
left join entities using (shop, entity)
left join coverage using (shop, covered_by, grain, period_start)
left join missing_shops using (shop, covered_by, period_start)
left join earlier using (shop, metric, period_start)
where kpis.period_start = $week
order by kpis.shop, metrics.stage, kpis.metric
