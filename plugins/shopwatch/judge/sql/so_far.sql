/*
grain: one row per rule, shop and entity that breaches on the shop's day, the most severe first
*/
with verdicts as (
    select * from ops.verdicts
    where verdict = 'breach' and grain = 'day'
),

days as (
    select unnest($shops) as shop, unnest($days) as day
),

entities as (
    select * from marts.dim_entity
)

select
    days.day,
    verdicts.rule,
    verdicts.shop,
    verdicts.entity_type,
    verdicts.entity,
    coalesce(entities.name, verdicts.entity) as name,
    verdicts.severity,
    cast(verdicts.measured as double) as value,
    cast(verdicts.threshold as double) as threshold,
    verdicts.currency
from verdicts
inner join days
    on
        verdicts.shop = days.shop
        and verdicts.period_start = days.day
left join entities
    on
        verdicts.shop = entities.shop
        and verdicts.entity_type = entities.entity_type
        and verdicts.entity = entities.entity
order by
    verdicts.severity != 'critical',
    verdicts.at_stake desc nulls last,
    verdicts.rule,
    verdicts.shop,
    verdicts.entity
