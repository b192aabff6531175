/*
grain: one row per metric, grain and entity that some rule covers, with its first closed period
*/
with kpi as (
    select * from judged_kpi
)

select
    shop,
    metric,
    grain,
    entity_type,
    entity,
    any_value(covered_by) as covered_by,
    min(period_start) as first_period
from kpi
group by shop, metric, grain, entity_type, entity
