/*
title: {zh: 笔单价, en: value per order}
stage: 7
by: [shop]
unit: money
direction: up
nothing: not_applicable
inputs: [orders]
numerator: {zh: 支付金额, en: paid amount}
denominator: {zh: 支付订单数, en: paid orders}
definition:
  zh: 成交额除以支付订单数
  en: revenue divided by paid orders
caveat:
  zh: 按订单计，不按买家计；同一买家的两笔订单计两次；非本店币种的订单不计入
  en: per order, not per buyer; two orders of one buyer count twice; orders in another currency are left out
at_stake: {zh: 不适用, en: does not apply}
source: manual 7 (weekly review); order exports
*/
with shop_day as (
    select
        *,
        unnest(['week', 'month']) as grain
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
        sum(revenue) as revenue,
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
    cast(revenue as decimal(18, 4)) as numerator,
    cast(orders_paid as decimal(18, 4)) as denominator,
    cast(revenue as double) / nullif(cast(orders_paid as double), 0) as value,
    cast(null as decimal(18, 2)) as at_stake
from summed
where revenue is not null
