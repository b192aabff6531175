/*
grain: one row per alert of one entity, open ones first, then the newest
*/
with alerts as (
    select * from ops.alerts
    where shop = $shop and entity_type = $entity_type and entity = $entity and state != 'retracted'
),

rules as (
    select rule, title_zh, title_en, owner_zh, owner_en
    from meta.rules
)

select
    alerts.key,
    alerts.rule,
    alerts.metric,
    alerts.grain,
    alerts.state,
    alerts.severity,
    alerts.since,
    alerts.resolved_at,
    alerts.measured,
    alerts.threshold,
    alerts.at_stake,
    alerts.currency,
    rules.title_zh,
    rules.title_en,
    rules.owner_zh,
    rules.owner_en
from alerts
left join rules using (rule)
order by alerts.state = 'resolved', alerts.since desc, alerts.key
