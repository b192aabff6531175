/*
grain: one row per rule, shop, KPI whose exports it needs, closed period, verdict and reason, with the number of entities and of those that count against the rule
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
    count(*) as entities,
    list(entity) filter (where counts_against) as against
from judged
group by rule, shop, entity_type, metric, covered_by, grain, period_start, verdict, reason
