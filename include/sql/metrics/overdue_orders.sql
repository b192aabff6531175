/*
title: {zh: 超时未发货订单, en: overdue orders}
stage: 5
grains: {shop: [day]}
partition: whole
value: last
unit: count
direction: down
nothing: zero
inputs: [orders]
numerator: {zh: 超过应发货时间、仍未发货的订单数, en: orders past due and not shipped}
denominator: {zh: 不适用, en: does not apply}
definition:
  zh: 当日结束时已超过应发货时间（承诺发货时间；报表没有时为付款后 48 小时）、仍未发货的订单数
  en: orders that at the end of the day were past due (the promised shipping time, or 48 hours after payment if no export states it) and not shipped
caveat:
  zh: 没有再导出的订单按最近一次导出的状态算，请每天导出未完结的订单；30 天后不再计；发货了但报表没有发货时间的订单，不计入之前各日
  en: an order that is not exported again counts with its last known status, so export the open orders daily; after 30 days it no longer counts; one shipped at an unknown time counts on no earlier day either
at_stake: {zh: 这些订单的支付金额，再不发货买家会退款, en: "money paid for these orders, whose buyers request a refund if they are not shipped"}
evidence: overdue_orders
source: manual 5 (order fulfilment, default)
*/
with fulfilment_day as (
    select * from marts.fct_fulfilment_day
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    day,
    orders_overdue as numerator,
    amount_overdue as at_stake
from fulfilment_day
