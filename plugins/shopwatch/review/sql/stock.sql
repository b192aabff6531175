/*
grain: one row per stock-keeping unit of the week, the lowest stock first; at most $most per shop
*/
with stock_week as (
    select * from review.weekly_stock
    where week_start = $week and shop = coalesce($shop, shop)
),

alerts as (
    select distinct shop, entity as sku
    from review.weekly_alerts
    where week_start = $week and shop = coalesce($shop, shop) and entity_type = 'sku' and state = 'firing'
)

select
    stock_week.*,
    alerts.sku is not null as has_alert,
    count(*) over (partition by stock_week.shop) as skus_all
from stock_week
left join alerts
    on
        stock_week.shop = alerts.shop
        and stock_week.sku = alerts.sku
qualify
    row_number() over (
        partition by stock_week.shop
        order by stock_week.available asc nulls last, stock_week.pieces_7_days desc nulls last, stock_week.sku
    ) <= $most
order by stock_week.shop, stock_week.available asc nulls last, stock_week.pieces_7_days desc nulls last, stock_week.sku
