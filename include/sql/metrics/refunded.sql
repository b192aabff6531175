/*
title: {zh: 退款额, en: refunded}
stage: 7
grains: {shop: [day, week, month]}
value: sum
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
    select * from marts.fct_shop_day
    where revenue is not null
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    day,
    refunded as numerator,
    revenue as denominator,
    refunded is null as is_unknown
from shop_day
