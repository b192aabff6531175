/*
grain: one row an alert that is firing or was resolved: its numbers, name and last 8 periods
note: the numbers of a resolved alert are those of the period that cleared it
*/
with alerts as (
    select * from ops.alerts
    where state in ('firing', 'resolved')
),

verdicts as (
    select * from ops.verdicts
),

entities as (
    select * from marts.dim_entity
),

shops as (
    select * from marts.dim_shop
),

newest as (
    select
        rule,
        shop,
        entity_type,
        entity,
        max(period_start) as newest_period
    from verdicts
    group by all
),

told_of as (
    select
        alerts.*,
        coalesce(alerts.resolved_at, newest.newest_period) as told_period
    from alerts
    inner join newest using (rule, shop, entity_type, entity)
),

histories as (
    select
        told_of.key,
        list(
            struct_pack(period_start := verdicts.period_start, value := verdicts.value, verdict := verdicts.verdict)
            order by verdicts.period_start
        ) as history
    from told_of
    inner join verdicts using (rule, shop, entity_type, entity)
    where verdicts.period_start <= told_of.told_period
    group by told_of.key
),

cleared as (
    select
        told_of.key,
        verdicts.value,
        verdicts.numerator,
        verdicts.denominator
    from told_of
    inner join verdicts
        on
            told_of.rule = verdicts.rule
            and told_of.shop = verdicts.shop
            and told_of.entity_type = verdicts.entity_type
            and told_of.entity = verdicts.entity
            and told_of.resolved_at = verdicts.period_start
)

select
    told_of.key,
    told_of.rule,
    told_of.state,
    told_of.severity,
    told_of.shop,
    shops.title as shop_title,
    shops.currency,
    told_of.entity_type,
    told_of.entity,
    coalesce(entities.name, told_of.entity) as name,
    told_of.metric,
    told_of.threshold,
    if(told_of.resolved_at is null, told_of.value, cleared.value) as value,
    if(told_of.resolved_at is null, told_of.numerator, cleared.numerator) as numerator,
    if(told_of.resolved_at is null, told_of.denominator, cleared.denominator) as denominator,
    told_of.grain,
    told_of.since,
    told_of.told_period as period,
    histories.history[-8:] as history,
    told_of.at_stake
from told_of
inner join histories using (key)
inner join shops using (shop)
left join cleared using (key)
left join entities
    on
        told_of.shop = entities.shop
        and told_of.entity_type = entities.entity_type
        and told_of.entity = entities.entity
order by told_of.at_stake desc nulls last, told_of.key
