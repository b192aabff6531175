/*
title: {zh: 各原因退款额, en: refunds by reason}
stage: 5
grains: {reason: [week, month]}
value: sum
unit: money
direction: down
inputs: [refunds]
numerator: {zh: 退款金额, en: money given back}
denominator: {zh: 不适用, en: does not apply}
definition:
  zh: 当期退款成功的金额，按买家选的退款原因
  en: money given back in the period, by the reason that the buyer chose
caveat:
  zh: 按退款成功的日期，不按付款日；没写原因的退款不在内；各平台的原因用语不同，不合并
  en: by the day of the refund, not of the payment; refunds without a reason are left out; platforms word reasons differently, and none are merged
at_stake: {zh: 不适用, en: does not apply}
evidence: reason_refunds
source: manual 5 (order fulfilment, default); refund lists
*/
with refunds as (
    select * from marts.fct_refund
    where status = 'refunded' and reason is not null
),

shops as (
    select * from marts.dim_shop
)

select
    refunds.shop,
    'reason' as entity_type,
    refunds.reason as entity,
    refunds.day,
    refunds.amount as numerator
from refunds
semi join shops using (shop, currency)
