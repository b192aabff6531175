/*
title: {zh: 支付订单数, en: paid orders}
stage: 7
grains: {shop: [day, week, month]}
value: sum
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
    select * from marts.fct_shop_day
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    day,
    orders_paid as numerator
from shop_day
