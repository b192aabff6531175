/*
grain: one row per shop and KPI of the whole shop, by stage
*/
with kpis as (
    select * from review.weekly_kpi
    where week_start = $week
)

select
    kpis.*,
    'stage_' || kpis.stage as stage_name,
    case
        when kpis.is_on_target then 'target_met'
        when not kpis.is_on_target then 'target_missed'
        when kpis.is_worse_than_usual then 'unusual'
        when not kpis.is_worse_than_usual then 'usual'
    end as verdict
from kpis
order by kpis.shop, kpis.stage, kpis.metric
