/*
grain: one row per open alert, the most severe and the most money first
*/
with alerts as (
    select * from ops.alerts
    where state = 'firing' and ($shop is null or shop = $shop) and ($severity is null or severity = $severity)
),

rules as (
    select rule, title_zh, title_en, measure, owner_zh, owner_en, action_zh, action_en
    from meta.rules
),

entities as (
    select shop, entity_type, entity, name from marts.dim_entity
)

select
    alerts.key,
    alerts.rule,
    rules.title_zh,
    rules.title_en,
    alerts.shop,
    alerts.entity_type,
    alerts.entity,
    entities.name,
    alerts.severity,
    alerts.metric,
    alerts.grain,
    alerts.since,
    alerts.judged_period,
    alerts.value,
    alerts.measured,
    rules.measure,
    alerts.threshold,
    alerts.threshold_high,
    alerts.at_stake,
    alerts.currency,
    rules.owner_zh,
    rules.owner_en,
    rules.action_zh,
    rules.action_en
from alerts
left join rules using (rule)
left join entities using (shop, entity_type, entity)
order by list_position(['critical', 'warning', 'info'], alerts.severity), alerts.at_stake desc nulls last, alerts.key
