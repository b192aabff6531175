/*
grain: one row an alert that is firing (or the one of $key, whatever its state), with its name and last 8 periods, the most money at stake first
note: the columns are those of digest/cards.sql, so that page and mail tell an alert with the same words
*/
with alerts as (
    select * from ops.alerts
    where if($key is null, state = 'firing', key = $key)
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

histories as (
    select
        alerts.key,
        list(
            struct_pack(
                period_start := verdicts.period_start,
                value := coalesce(verdicts.measured, verdicts.value),
                verdict := verdicts.verdict
            )
            order by verdicts.period_start
        ) as history
    from alerts
    inner join verdicts using (rule, shop, entity_type, entity)
    where
        verdicts.period_start >= alerts.last_period - 400
        and (alerts.state = 'firing' or verdicts.period_start <= coalesce(alerts.resolved_at, alerts.last_period))
    group by alerts.key
)

select
    alerts.key,
    alerts.rule,
    alerts.state,
    alerts.severity,
    alerts.inhibited_by,
    alerts.shop,
    coalesce(shops.title, alerts.shop) as shop_title,
    coalesce(alerts.currency, shops.currency) as currency,
    alerts.entity_type,
    alerts.entity,
    coalesce(entities.name, alerts.entity) as name,
    alerts.metric,
    alerts.threshold,
    alerts.measured as value,
    cast(null as double) as was,
    alerts.numerator,
    alerts.denominator,
    alerts.grain,
    alerts.since,
    alerts.resolved_at,
    alerts.last_period as period,
    coalesce(histories.history[-8:], []) as history,
    alerts.at_stake
from alerts
left join shops using (shop)
left join histories using (key)
left join entities
    on
        alerts.shop = entities.shop
        and alerts.entity_type = entities.entity_type
        and alerts.entity = entities.entity
order by alerts.at_stake desc nulls last, alerts.key
