/*
title: {zh: 会话转化率, en: session conversion}
stage: 3
by: [shop]
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
source: manual 3 (products, weekly optimisation); order exports, Amazon business report by date, GA4 traffic acquisition
*/
with session_day as (
    select
        *,
        unnest(['week', 'month']) as grain
    from marts.fct_session_day
),

shop_day as (
    select * from marts.fct_shop_day
),

by_period as (
    select
        session_day.shop,
        session_day.grain,
        cast(date_trunc(session_day.grain, session_day.day) as date) as period_start,
        session_day.sessions,
        shop_day.orders_paid
    from session_day
    inner join shop_day using (shop, day)
),

summed as (
    select
        shop,
        grain,
        period_start,
        cast(sum(sessions) as bigint) as sessions,
        cast(sum(orders_paid) as bigint) as orders_paid
    from by_period
    semi join touched_periods using (shop, grain, period_start)
    group by shop, grain, period_start
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    grain,
    period_start,
    cast(orders_paid as decimal(18, 4)) as numerator,
    cast(sessions as decimal(18, 4)) as denominator,
    cast(orders_paid as double) / nullif(sessions, 0) as value,
    cast(null as decimal(18, 2)) as at_stake
from summed
