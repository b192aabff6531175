/*
title: {zh: 浏览量, en: views}
stage: 7
by: [shop]
adds_up: true
unit: count
direction: up
inputs: [shop_day]
numerator: {zh: 浏览量, en: views}
denominator: {zh: 访客数, en: visitors}
definition:
  zh: 全店浏览量
  en: views of all the shop's pages
caveat:
  zh: 平台自己的统计
  en: as the platform counts them
at_stake: {zh: 不适用, en: does not apply}
source: manual 7 (weekly review); 生意参谋 店铺日数据, 京东商智 店铺
*/
with traffic_day as (
    select
        *,
        unnest(['day', 'week', 'month']) as grain
    from marts.fct_traffic_day
    where views is not null and visitors is not null
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
        cast(sum(views) as bigint) as views,
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
    cast(views as decimal(18, 4)) as numerator,
    cast(visitors as decimal(18, 4)) as denominator,
    cast(views as double) as value,
    cast(null as decimal(18, 2)) as at_stake
from summed
