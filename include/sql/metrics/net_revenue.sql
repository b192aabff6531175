/*
title: {zh: 净成交额, en: net revenue}
stage: 7
by: [shop]
adds_up: true
may_be_negative: true
unit: money
direction: up
inputs: [orders, order_refunds]
numerator: {zh: 支付金额减退款, en: paid amount minus refunds}
denominator: {zh: 支付订单数, en: paid orders}
definition:
  zh: 成交额减去这些订单至今的退款，按付款日
  en: revenue minus what was given back for these orders up to now, by the day of payment
caveat:
  zh: 退款晚于付款，最近几周还会变小；非本店币种的订单不计入
  en: refunds come after payment, so recent weeks still shrink; orders in another currency are left out
at_stake: {zh: 不适用, en: does not apply}
source: manual 7 (weekly review); order exports, 天猫退款
*/
with shop_day as (
    select
        *,
        unnest(['day', 'week', 'month']) as grain
    from marts.fct_shop_day
),

by_period as (
    select
        *,
        cast(date_trunc(grain, day) as date) as period_start
    from shop_day
),

summed as (
    select
        shop,
        grain,
        period_start,
        whole_sum(net_revenue, revenue) as net_revenue,
        sum(orders_paid) as orders_paid,
        sum(revenue) as revenue
    from by_period
    semi join touched_periods using (shop, grain, period_start)
    group by shop, grain, period_start
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    grain,
    period_start,
    cast(net_revenue as decimal(18, 4)) as numerator,
    cast(orders_paid as decimal(18, 4)) as denominator,
    cast(net_revenue as double) as value,
    cast(null as decimal(18, 2)) as at_stake
from summed
where revenue is not null
