/*
grain: one row per alert that a team knows as open ($notified, their keys) and that nothing judges any more
note: >
  reason is that of its last retraction: rule_removed, shop_removed or not_judged. An alert that lives on under another
  start, as a correction moved it, has not ended.
*/
with alerts as (
    select * from ops.alerts
    where state = 'retracted' and list_contains(cast($notified as varchar[]), key)
),

events as (
    select * from ops.alert_events
    where event = 'retracted'
),

verdicts as not materialized (
    select * from ops.verdicts
),

entities as (
    select * from marts.dim_entity
),

shops as (
    select * from marts.dim_shop
    union all by name
    select shop, name as title from marts.dim_entity
    where entity_type = 'group'
),

judged as (
    select distinct verdicts.rule, verdicts.shop, verdicts.entity_type, verdicts.entity
    from verdicts
    inner join (select rule, max(period_start) as period_start from verdicts group by rule) as newest
        using (rule, period_start)
),

moved as (
    select alerts.key
    from alerts
    inner join ops.alerts as others
        on
            alerts.rule = others.rule
            and alerts.shop = others.shop
            and alerts.entity_type = others.entity_type
            and alerts.entity = others.entity
    where others.state = 'firing'
),

reasons as (
    select
        alert_key as key,
        max_by(json_extract_string(detail, '$.reason'), number) as reason
    from events
    group by alert_key
)

select
    alerts.key,
    alerts.rule,
    alerts.shop,
    coalesce(shops.title, alerts.shop) as shop_title,
    alerts.metric,
    alerts.entity_type,
    alerts.entity,
    coalesce(entities.name, alerts.entity) as name,
    if(reasons.reason in ('rule_removed', 'shop_removed'), reasons.reason, 'not_judged') as reason
from alerts
anti join judged using (rule, shop, entity_type, entity)
anti join moved using (key)
left join reasons using (key)
left join shops using (shop)
left join entities using (shop, entity_type, entity)
