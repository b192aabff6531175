/*
grain: one row a period (judged_id: the row of ops.verdicts) in which another rule's alert explains this one's
note: the other alert is about the same thing, about the same item number, or about the whole shop
*/
with judged as (
    select verdicts.rowid as judged_id, verdicts.grain, rules.inhibited_by
    from ops.verdicts as verdicts
    inner join judged_rules as rules using (rule)
),

firing as (
    select * from followed_periods
    where state = 'firing'
),

things as (
    select shop, entity_type, entity, item_number from marts.dim_entity
),

alerts as (
    select
        firing.judged_id,
        firing.rule,
        firing.shop,
        firing.entity_type,
        firing.entity,
        things.item_number,
        firing.period_start,
        period_end(judged.grain, firing.period_start) as period_end,
        judged.inhibited_by
    from firing
    inner join judged using (judged_id)
    left join things using (shop, entity_type, entity)
)

select
    alerts.judged_id,
    min(others.rule) as inhibited_by
from alerts
inner join alerts as others
    on
        alerts.shop = others.shop
        and list_contains(alerts.inhibited_by, others.rule)
        and alerts.period_start <= others.period_end
        and alerts.period_end >= others.period_start
        and (
            (alerts.entity_type = others.entity_type and alerts.entity = others.entity)
            or alerts.item_number = others.item_number
            or others.entity_type = 'shop'
        )
group by alerts.judged_id
