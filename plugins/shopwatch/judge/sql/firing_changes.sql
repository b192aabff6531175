/*
grain: one row per shop and period in which an alert fires since tonight, or no longer does
note: A shop whose item numbers changed has one span of all days.
*/
with before as (
    select * from judged_before
    where state = 'firing'
),

now as (
    select examined.*
    from judged_examined as examined
    semi join (select history, period_start from judged_followed where state = 'firing') as firing
        using (history, period_start)
),

changed as (
    select shop, grain, period_start from before
    anti join now using (history, period_start)
    union
    select shop, grain, period_start from now
    anti join before using (history, period_start)
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

select shop, period_start as first_day, period_end(grain, period_start) as last_day
from changed
union
select items_changed.shop, date '-infinity' as first_day, date 'infinity' as last_day
from items_changed
semi join judged_histories as histories using (shop, entity_type, entity)
