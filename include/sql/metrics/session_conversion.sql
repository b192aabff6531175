/*
title: {zh: 会话转化率, en: session conversion}
stage: 3
grains: {shop: [week, month]}
value: ratio
unit: share
direction: up
inputs: [sessions, orders]
numerator: {zh: 支付订单数, en: paid orders}
denominator: {zh: 会话数, en: sessions}
definition:
  zh: 全店支付订单数除以会话数；一周或一月按各日之和计算
  en: paid orders of the shop divided by its sessions; over a week or month the ratio of the sums of its days
caveat:
  zh: 会话不是访客，因此低于同店的支付转化率；只用两份报表都有的日子
  en: sessions are not visitors, so it is lower than pay conversion; for days that both exports cover
at_stake: {zh: 不适用, en: does not apply}
evidence: session_days
source: manual 3 (products, weekly optimisation); order exports, Amazon business report by date, GA4 traffic acquisition
*/
with session_day as (
    select * from marts.fct_session_day
),

shop_day as (
    select * from marts.fct_shop_day
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    day,
    shop_day.orders_paid as numerator,
    session_day.sessions as denominator
from session_day
inner join shop_day using (shop, day)
