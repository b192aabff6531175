/*
grain: one row a target that holds in the week, with what was reached of its period so far
*/
with targets as (
    select * from staging.stg_targets
    where period_start <= cast($week as date) + 6 and period_start >= date_trunc(grain, cast($week as date))
),

kpi as (
    select * from kpi.fct_kpi
    where entity_type = 'shop'
),

metrics as (
    select * from meta.metrics
)

select
    targets.shop,
    targets.metric,
    metrics.title_zh as metric_title_zh,
    metrics.title_en as metric_title_en,
    metrics.unit,
    kpi.currency,
    'grain_' || targets.grain as grain,
    targets.period_start,
    targets.target,
    kpi.value,
    case
        when kpi.value is null then 'no_data'
        when metrics.direction = 'down' and kpi.value <= targets.target then 'target_met'
        when metrics.direction != 'down' and kpi.value >= targets.target then 'target_met'
        else 'target_missed'
    end as verdict,
    kpi.coverage
from targets
inner join metrics using (metric)
left join kpi
    on
        targets.shop = kpi.shop
        and targets.metric = kpi.metric
        and targets.grain = kpi.grain
        and targets.period_start = kpi.period_start
order by targets.shop, metrics.stage, targets.metric, targets.grain
