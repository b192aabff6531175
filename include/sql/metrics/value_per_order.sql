/*
title: {zh: 笔单价, en: value per order}
stage: 7
grains: {shop: [week, month]}
value: ratio
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
    select * from marts.fct_shop_day
    where revenue is not null
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    day,
    revenue as numerator,
    orders_paid as denominator
from shop_day
