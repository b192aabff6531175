/*
title: {zh: 成交额, en: revenue}
stage: 7
grains: {shop: [day, week, month]}
value: sum
adds_up: true
unit: money
direction: up
inputs: [orders]
evidence: revenue_by_product
numerator: {zh: 支付金额, en: paid amount}
denominator: {zh: 支付订单数, en: paid orders}
definition:
  zh: 当期支付的订单金额之和，不扣除之后的退款；未支付和取消的订单不计
  en: money paid for orders in the period, gross of later refunds; unpaid and cancelled orders do not count
caveat:
  zh: 退款另列一栏；净成交额等于成交额减退款；非本店币种的订单不计入，件数见 fct_shop_day
  en: >-
    refunds are a column of their own; net revenue is revenue minus refunds; orders in another currency than the
    shop's are left out, fct_shop_day counts them
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
