/*
grain: one row per alert that is firing (or the one of $key, whatever its state), with its name and last 8 periods, the most money at stake first
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
                value := verdicts.measured,
                verdict := verdicts.verdict,
                reason := verdicts.reason
            )
            order by verdicts.period_start
        ) as history
    from alerts
    inner join verdicts using (rule, shop, entity_type, entity)
    where
        verdicts.period_start >= alerts.last_period - 400
        and verdicts.period_start <= if(
            alerts.state = 'firing',
            coalesce(alerts.unjudged[4].period_start, date 'infinity'),
            coalesce(alerts.resolved_at, alerts.last_period)
        )
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
    alerts.threshold_high,
    alerts.judged_verdict as verdict,
    alerts.measured as value,
    cast(null as double) as was,
    alerts.numerator,
    alerts.denominator,
    alerts.grain,
    alerts.since,
    alerts.resolved_at,
    alerts.judged_period as period,
    if(alerts.state = 'firing', alerts.unjudged, []) as unjudged,
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
