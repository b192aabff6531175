/*
grain: one row per product of the week, the most revenue first
*/
with product_week as (
    select * from review.weekly_product
    where week_start = $week
),

alerts as (
    select distinct shop, entity as product_id
    from review.weekly_alerts
    where week_start = $week and entity_type = 'product' and state = 'firing'
)

select
    product_week.*,
    'product' as entity_type,
    product_week.product_id as entity,
    case
        when product_week.pay_conversion < product_week.pay_conversion_target then 'target_missed'
        when product_week.pay_conversion >= product_week.pay_conversion_target then 'target_met'
    end as verdict,
    if(alerts.product_id is null, null, 'reason_alert') as alert
from product_week
left join alerts
    on
        product_week.shop = alerts.shop
        and product_week.product_id = alerts.product_id
order by product_week.shop, product_week.revenue desc nulls last, product_week.product_id
