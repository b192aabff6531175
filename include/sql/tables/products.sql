/*
grain: one row per product of the week, those with the most severe alerts first, then by revenue
*/
with product_week as (
    select * from review.weekly_product
    where week_start = $week
),

profit as (
    select * from review.weekly_profit
    where week_start = $week and part = 'product'
),

alerts as (
    select
        shop,
        entity as product_id,
        min(list_position(['critical', 'warning', 'info'], severity)) as severity_rank
    from review.weekly_alerts
    where week_start = $week and entity_type = 'product' and state = 'firing'
    group by shop, entity
)

select
    product_week.*,
    'product' as entity_type,
    product_week.product_id as entity,
    case
        when not product_week.is_closed or product_week.completeness < 1 then null
        when product_week.pay_conversion < product_week.pay_conversion_target then 'target_missed'
        when product_week.pay_conversion >= product_week.pay_conversion_target then 'target_met'
    end as verdict,
    ['critical', 'warning', 'info'][alerts.severity_rank] as alert,
    profit.profit,
    profit.profit_rate,
    profit.break_even_roas
from product_week
left join alerts
    on
        product_week.shop = alerts.shop
        and product_week.product_id = alerts.product_id
left join profit
    on
        product_week.shop = profit.shop
        and product_week.product_id = profit.entity
order by
    product_week.shop,
    alerts.severity_rank nulls last,
    product_week.revenue desc nulls last,
    product_week.product_id
