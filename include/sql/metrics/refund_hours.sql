/*
title: {zh: 退款时长, en: hours to refund}
stage: 6
grains: {shop: [week, month]}
value: ratio
unit: hours
direction: down
inputs: [refunds]
numerator: {zh: 从申请到退款成功的小时数之和, en: hours from application to payment}
denominator: {zh: 退款成功笔数, en: refunds carried out}
definition:
  zh: 从买家申请到退款成功平均多少小时，按退款成功的日期归入各周
  en: mean hours from the buyer's application to the refund, in the week in which it was carried out
caveat:
  zh: 还没退的不在其中；退货退款含买家寄回的时间
  en: refunds still open are not in it; where goods come back, their way back is
at_stake: {zh: 不适用, en: does not apply}
evidence: slow_refunds
source: manual 6 (customer service, 24小时极速退款); 天猫退款
*/
with refunds as (
    select
        *,
        epoch(completed_at - applied_at) / 3600 as hours
    from marts.fct_refund
    where status = 'refunded' and applied_at is not null and completed_at is not null
),

shops as (
    select * from staging.stg_shops
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    day,
    cast(hours * 3600 as bigint) as numerator,
    1 as denominator
from refunds
semi join shops using (shop, currency)
