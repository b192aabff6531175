/*
grain: one row per shop, those with the most severe and the most alerts of the week first
note: >
  alerts are those that were open at the end of the week. last_day is the last day that any export of the shop
  covers; it is missing for a shop without any export.
*/
with shop_week as (
    select * from review.weekly_shop
    where week_start = $week
),

profit as (
    select * from review.weekly_profit
    where week_start = $week and part = 'shop'
),

kpis as (
    select * from review.weekly_kpi
    where week_start = $week
),

alerts as (
    select * from review.weekly_alerts
    where week_start = $week and state = 'firing'
),

stages as (
    select * from review.weekly_stage
    where week_start = $week and is_weakest
),

coverage as (
    select * from ops.coverage
),

shops as (
    select * from marts.dim_shop
),

shop_kpis as (
    select
        shop,
        any_value(value) filter (where metric = 'visitors') as visitors,
        any_value(value) filter (where metric = 'pay_conversion') as pay_conversion,
        any_value(value) filter (where metric = 'refund_rate') as refund_rate
    from kpis
    group by shop
),

open_alerts as (
    select
        shop,
        count(*) as alerts,
        count(*) filter (where severity = 'critical') as alerts_critical
    from alerts
    group by shop
),

weakest as (
    select
        shop,
        'stage_' || min(stage) as weakest_stage
    from stages
    group by shop
),

covered as (
    select shop, max(day) as last_day
    from coverage
    group by shop
)

select
    shops.shop,
    shops.title,
    shops.currency,
    'shop' as entity_type,
    shops.shop as entity,
    shop_week.revenue,
    shop_week.revenue_change,
    shop_week.revenue / nullif(shop_week.revenue_target, 0) as target_reached,
    shop_kpis.visitors,
    shop_kpis.pay_conversion,
    shop_week.value_per_order,
    shop_kpis.refund_rate,
    shop_week.spend,
    shop_week.roas,
    profit.profit,
    profit.profit_rate,
    coalesce(open_alerts.alerts, 0) as alerts,
    coalesce(open_alerts.alerts_critical, 0) as alerts_critical,
    weakest.weakest_stage,
    covered.last_day
from shops
left join shop_week using (shop)
left join shop_kpis using (shop)
left join profit using (shop)
left join open_alerts using (shop)
left join weakest using (shop)
left join covered using (shop)
order by alerts_critical desc, alerts desc, shop_week.revenue desc nulls last, shops.shop
