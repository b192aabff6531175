/*
grain: one row per target of the week or of its month
*/
with targets as (
    select * from review.weekly_target
    where week_start = $week
),

metrics as (
    select * from meta.metrics
)

select
    targets.*,
    metrics.title_zh as metric_title_zh,
    metrics.title_en as metric_title_en,
    metrics.unit,
    'grain_' || targets.target_grain as period,
    case
        when targets.actual is null then 'no_data'
        when targets.is_reached then 'target_met'
        when not targets.is_reached then 'target_missed'
        when targets.is_within_reach then 'within_reach'
        when not targets.is_within_reach then 'out_of_reach'
        else 'running'
    end as verdict
from targets
inner join metrics on targets.target_metric = metrics.metric
order by
    targets.shop,
    metrics.stage,
    targets.entity,
    targets.target_metric,
    targets.target_grain,
    targets.period_start
