/*
grain: one row per shop and first period in which an alert fires since tonight, no longer does, or has another severity
note: >
  last_day is open: the severity that an alert has reached lasts as long as the alert. A shop whose item numbers changed
  has one span of all days.
*/
with before as (
    select
        history,
        shop,
        period_start,
        firing_since,
        severity = 'critical' and verdict = 'breach' as is_critical
    from judged_before
    where state = 'firing'
),

now as (
    select
        examined.history,
        examined.shop,
        examined.period_start,
        followed.firing_since,
        examined.severity = 'critical' and examined.verdict = 'breach' as is_critical
    from judged_examined as examined
    inner join judged_followed as followed using (history, period_start)
    where followed.state = 'firing'
),

changed as (
    (select * from before except select * from now)
    union all
    (select * from now except select * from before)
),

items as (
    select shop, entity_type, entity, item_number from marts.dim_entity
    where item_number is not null
),

known_items as (
    select * from ops.judged_items
),

items_changed as (
    (select * from items except select * from known_items)
    union all
    (select * from known_items except select * from items)
)

select shop, min(period_start) as first_day, date 'infinity' as last_day
from changed
group by shop
union
select items_changed.shop, date '-infinity' as first_day, date 'infinity' as last_day
from items_changed
semi join judged_histories as histories using (shop, entity_type, entity)
