/*
grain: one row per rule, shop, KPI whose exports it needs, closed period, verdict and reason that some entity of the part has
*/
with judged as (
    select * from judged_all
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
    count(*) as entities
from judged
group by rule, shop, entity_type, metric, covered_by, grain, period_start, verdict, reason
