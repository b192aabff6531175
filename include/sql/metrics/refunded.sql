/*
title: {zh: 退款额, en: refunded}
stage: 7
by: [shop]
adds_up: true
unit: money
direction: down
inputs: [orders, order_refunds]
numerator: {zh: 退款金额, en: money given back}
denominator: {zh: 支付金额, en: paid amount}
definition:
  zh: 当期付款的订单至今的退款之和
  en: what was given back up to now for orders paid in the period
caveat:
  zh: 按订单的付款日，不按退款日；最近几周还会变大
  en: by the day of the order, not of the refund; recent weeks still grow
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
        whole_sum(refunded, revenue) as refunded,
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
    cast(refunded as decimal(18, 4)) as numerator,
    cast(revenue as decimal(18, 4)) as denominator,
    cast(refunded as double) as value,
    cast(null as decimal(18, 2)) as at_stake
from summed
where revenue is not null
