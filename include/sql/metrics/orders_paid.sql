/*
title: {zh: 支付订单数, en: paid orders}
stage: 7
by: [shop]
adds_up: true
unit: count
direction: up
inputs: [orders]
numerator: {zh: 支付订单数, en: paid orders}
denominator: {zh: 不适用, en: does not apply}
definition:
  zh: 当期付款的订单数，一单计一次
  en: orders paid in the period, each once
caveat:
  zh: 非本店币种的订单不计入
  en: orders in another currency than the shop's are left out
at_stake: {zh: 不适用, en: does not apply}
source: manual 7 (weekly review); order exports
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
        sum(orders_paid) as orders_paid
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
    cast(orders_paid as decimal(18, 4)) as numerator,
    cast(null as decimal(18, 4)) as denominator,
    cast(orders_paid as double) as value,
    cast(null as decimal(18, 2)) as at_stake
from summed
