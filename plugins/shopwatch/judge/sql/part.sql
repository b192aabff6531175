/*
grain: one row per KPI row of the rules, of a closed period and of the entities in one part ($part) of $parts
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
    covered_by,
    period_start,
    value,
    numerator,
    denominator,
    at_stake,
    currency,
    model_hash
from kpi
where hash(shop, entity) % cast($parts as ubigint) = cast($part as ubigint)
