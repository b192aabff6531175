/*
title: {zh: 退款率, en: refund rate}
stage: 5
grains: {shop: [week, month]}
value: ratio
at_most_one: true
unit: share
direction: down
inputs: [orders, order_refunds]
parts: money
numerator: {zh: 退款金额, en: money given back}
denominator: {zh: 支付金额, en: paid amount}
definition:
  zh: 当期付款的订单至今的退款金额除以支付金额
  en: what was given back up to now for orders paid in the period, divided by what was paid for them
caveat:
  zh: 按金额不按件数；退款晚于付款，最近几周还会变大；单独记为一单的退货按退货日计，最多为 100%；没有退款数据时不判断
  en: >-
    of money, not of orders; refunds come after payment, so recent weeks still grow; a return booked as an order of its
    own counts on its own day, up to 100%; not judged where no export reports refunds
at_stake:
  zh: 当期订单的退款金额，下一周期照旧即再退这么多
  en: "money given back for the period's orders: what another period like this one gives back"
evidence: refunds
source: manual 5 (order fulfilment, default); order exports, 天猫退款
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
    refunded as at_stake,
    refunded is null as is_unknown
from shop_day
