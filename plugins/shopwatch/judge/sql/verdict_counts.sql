/*
grain: one row per rule, shop, KPI whose exports it needs, closed period, verdict and reason that some entity has
*/
with counted as (
    select * from judged_counts
)

select
    rule,
    shop,
    entity_type,
    metric,
    covered_by,
    grain,
    period_start,
    verdict,
    reason,
    cast(sum(entities) as bigint) as entities
from counted
group by rule, shop, entity_type, metric, covered_by, grain, period_start, verdict, reason
