/*
title: {zh: 笔单价, en: value per order}
stage: 7
by: [shop]
unit: money
direction: up
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
with shop_week as (
    select *
    from marts.fct_shop_week
    semi join touched_weeks using (shop, week_start)
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    'week' as grain,
    week_start as period_start,
    cast(revenue as decimal(18, 4)) as numerator,
    cast(orders_paid as decimal(18, 4)) as denominator,
    cast(revenue as double) / nullif(orders_paid, 0) as value,
    cast(null as decimal(18, 2)) as at_stake
from shop_week
where revenue is not null
