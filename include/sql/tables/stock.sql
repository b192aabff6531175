/*
grain: one row per item of the week, the lowest stock first
*/
with stock_week as (
    select * from review.weekly_stock
    where week_start = $week
),

alerts as (
    select distinct shop, entity as sku
    from review.weekly_alerts
    where week_start = $week and entity_type = 'sku' and state = 'firing'
)

select
    stock_week.*,
    'sku' as entity_type,
    stock_week.sku as entity,
    if(alerts.sku is null, null, 'reason_alert') as alert
from stock_week
left join alerts
    on
        stock_week.shop = alerts.shop
        and stock_week.sku = alerts.sku
order by stock_week.shop, stock_week.available nulls last, stock_week.sku
