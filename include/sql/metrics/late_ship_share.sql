/*
title: {zh: 超时发货率, en: late shipments}
stage: 5
grains: {shop: [week, month]}
partition: whole
value: ratio
unit: share
direction: down
inputs: [orders, order_shipping]
numerator: {zh: 到期未发货的订单数, en: orders not shipped when due}
denominator: {zh: 当期到期的订单数, en: orders due in the period}
definition:
  zh: 应发货时间（承诺发货时间；报表没有时为付款后 48 小时）落在当期的订单中，到时还没有发货的占比
  en: of the orders due in the period (at the promised shipping time, or 48 hours after payment if no export states it), the share not shipped by then
caveat:
  zh: 发货时间取自订单或包裹跟踪表；已发货但没有时间的订单不在其中，某天到期的已发货订单都没有时间时，当期不判断；没有承诺发货时间的平台，预售订单也按 48 小时算
  en: the time of shipping is from the order or its first parcel; orders shipped at an unknown time are left out, and a period with a day of which no shipping time is known is not judged; if no export states the promise, presales count with 48 hours too
at_stake: {zh: 不适用, en: does not apply}
evidence: late_orders
source: manual 5 (order fulfilment, default)
*/
with fulfilment_day as (
    select * from marts.fct_fulfilment_day
    where orders_due is not null
),

unknown_days as (
    select * from intermediate.int_unknown_shipping_days
),

days as (
    select shop, day, orders_late, orders_due, false as is_unknown from fulfilment_day
    union all by name
    select shop, day, true as is_unknown from unknown_days
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    day,
    orders_late as numerator,
    orders_due as denominator,
    is_unknown
from days
