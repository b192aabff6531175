/*
grain: one row per shop, entity and period of one KPI, from $first to $last, the newest periods first
*/
with kpi as (
    select * from kpi.fct_kpi
    where
        metric = $metric
        and grain = $grain
        and entity_type = $entity_type
        and period_start between $first and $last
        and ($shop is null or shop = $shop)
        and ($entity is null or entity = $entity)
),

entities as (
    select shop, entity_type, entity, name from marts.dim_entity
)

select
    kpi.shop,
    kpi.entity_type,
    kpi.entity,
    entities.name,
    kpi.period_start,
    kpi.period_end,
    kpi.value,
    kpi.numerator,
    kpi.denominator,
    kpi.currency,
    kpi.coverage,
    kpi.missing_days
from kpi
left join entities using (shop, entity_type, entity)
order by kpi.period_start desc, kpi.shop, kpi.entity
