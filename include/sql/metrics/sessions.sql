/*
title: {zh: 会话数, en: sessions}
stage: 7
by: [shop]
adds_up: true
unit: count
direction: up
inputs: [sessions]
numerator: {zh: 会话数, en: sessions}
denominator: {zh: 不适用, en: does not apply}
definition:
  zh: 全店会话数（一次来访记一次），各日之和
  en: sessions of the shop (visits), summed over the days
caveat:
  zh: 会话不是访客，同一访客一天可有多次；亚马逊与 GA4 只提供会话数
  en: sessions are not visitors, who may have several a day; Amazon and GA4 count sessions only
at_stake: {zh: 不适用, en: does not apply}
source: manual 7 (weekly review); Amazon business report by date, GA4 traffic acquisition
*/
with session_day as (
    select
        *,
        unnest(['day', 'week', 'month']) as grain
    from marts.fct_session_day
),

by_period as (
    select
        *,
        cast(date_trunc(grain, day) as date) as period_start
    from session_day
),

summed as (
    select
        shop,
        grain,
        period_start,
        cast(sum(sessions) as bigint) as sessions
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
    cast(sessions as decimal(18, 4)) as numerator,
    cast(null as decimal(18, 4)) as denominator,
    cast(sessions as double) as value,
    cast(null as decimal(18, 2)) as at_stake
from summed
