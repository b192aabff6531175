/*
title: {zh: 支付买家数, en: paying buyers}
stage: 7
by: [shop]
adds_up: true
unit: count
direction: up
inputs: [shop_day]
numerator: {zh: 支付买家数, en: paying buyers}
denominator: {zh: 访客数, en: visitors}
definition:
  zh: 全店支付买家数，各日之和
  en: buyers who paid, summed over the days
caveat:
  zh: 平台按日去重，一周是各日之和：两天都来的人计两次
  en: platforms count a person once a day and a week is the sum of its days; a buyer on two days counts twice
at_stake: {zh: 不适用, en: does not apply}
source: manual 7 (weekly review); 生意参谋 店铺日数据, 京东商智 店铺
*/
with traffic_day as (
    select
        *,
        unnest(['day', 'week', 'month']) as grain
    from marts.fct_traffic_day
    where pay_buyers is not null and visitors is not null
),

by_period as (
    select
        *,
        cast(date_trunc(grain, day) as date) as period_start
    from traffic_day
),

summed as (
    select
        shop,
        grain,
        period_start,
        cast(sum(pay_buyers) as bigint) as pay_buyers,
        cast(sum(visitors) as bigint) as visitors
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
    cast(pay_buyers as decimal(18, 4)) as numerator,
    cast(visitors as decimal(18, 4)) as denominator,
    cast(pay_buyers as double) as value,
    cast(null as decimal(18, 2)) as at_stake
from summed
