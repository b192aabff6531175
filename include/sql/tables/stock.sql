/*
grain: one row per item of the week, those with the most severe alerts first, then the lowest stock
*/
with stock_week as (
    select * from review.weekly_stock
    where week_start = $week
),

campaigns as (
    select shop, entity as sku, period_start as counted_on, value as pieces_for_campaign
    from kpi.fct_kpi
    where metric = 'pieces_for_campaign' and grain = 'day' and period_start between $week and cast($week as date) + 6
),

alerts as (
    select
        shop,
        entity as sku,
        min(list_position(['critical', 'warning', 'info'], severity)) as severity_rank
    from review.weekly_alerts
    where week_start = $week and entity_type = 'sku' and state = 'firing'
    group by shop, entity
)

select
    stock_week.*,
    'sku' as entity_type,
    stock_week.sku as entity,
    campaigns.pieces_for_campaign,
    ['critical', 'warning', 'info'][alerts.severity_rank] as alert
from stock_week
left join campaigns using (shop, sku, counted_on)
left join alerts
    on
        stock_week.shop = alerts.shop
        and stock_week.sku = alerts.sku
order by stock_week.shop, alerts.severity_rank nulls last, stock_week.available nulls last, stock_week.sku
