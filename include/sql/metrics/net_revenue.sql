/*
title: {zh: 净成交额, en: net revenue}
stage: 7
grains: {shop: [day, week, month]}
value: sum
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
    select * from marts.fct_shop_day
    where revenue is not null
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    day,
    net_revenue as numerator,
    orders_paid as denominator,
    net_revenue is null as is_unknown
from shop_day
