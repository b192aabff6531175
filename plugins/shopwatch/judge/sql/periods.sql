/*
grain: one row per metric, grain, entity and closed period that some rule covers, from the entity's first period on
note: includes periods in which the entity is in no export (is_exported)
*/
with kpi as (
    select * from judged_compared
),

closed as (
    select * from judged_closed
),

exported as (
    select
        shop,
        metric,
        grain,
        entity_type,
        entity,
        covered_by,
        period_start,
        value,
        numerator is null as is_unknown,
        denominator
    from kpi
),

entities as (
    select
        exported.shop,
        exported.metric,
        exported.grain,
        exported.entity_type,
        exported.entity,
        min(exported.period_start) as first_period,
        count(*) as exports,
        any_value(exported.covered_by) as covered_by,
        any_value(closed.last_period) as last_period
    from exported
    inner join closed using (grain)
    group by exported.shop, exported.metric, exported.grain, exported.entity_type, exported.entity
),

-- Only an entity in fewer exports than there were periods can have a gap.
with_gaps as (
    select *
    from entities
    where exports <= datediff(grain, first_period, last_period)
),

gaps as (
    select
        shop,
        metric,
        grain,
        entity_type,
        entity,
        covered_by,
        cast(unnest(generate_series(first_period, last_period, period_length(grain))) as date) as period_start
    from with_gaps
),

every_period as (
    select *, true as is_exported from exported
    union all by name
    select *, false as is_exported from gaps
    anti join exported using (shop, metric, grain, entity_type, entity, period_start)
)

select
    every_period.shop,
    every_period.metric,
    every_period.grain,
    every_period.entity_type,
    every_period.entity,
    every_period.covered_by,
    every_period.period_start,
    entities.first_period,
    every_period.is_exported,
    every_period.value,
    every_period.is_unknown,
    every_period.denominator
from every_period
inner join entities using (shop, metric, grain, entity_type, entity)
