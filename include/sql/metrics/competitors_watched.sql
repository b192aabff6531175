/*
title: {zh: 在看的竞品数, en: competitors watched}
stage: 1
by: [shop]
partition: whole
unit: count
direction: up
inputs: [competitors]
numerator: {zh: 近 13 周看过的竞品店铺数, en: competitors looked at in the last 13 weeks}
denominator: {zh: 看过的竞品店铺数, en: competitors ever looked at}
definition:
  zh: 到当周末为止 13 周内采集过的竞品店铺数
  en: competing shops that somebody looked at in the 13 weeks up to the end of the week
caveat:
  zh: 只看竞品分析表里写下的；13 周是默认值
  en: only competitors in the competitor table; the 13 weeks are a default
at_stake: {zh: 不适用, en: does not apply}
source: manual 1 (3 to 5 core competitors); shopwatch 竞品分析表
*/
with competitor_price as (
    select * from marts.fct_competitor_price
),

counted as (
    select
        shop,
        week_start,
        cast(count(distinct competitor) filter (where days_since_look < 91) as bigint) as watched,
        cast(count(distinct competitor) as bigint) as known
    from competitor_price
    group by shop, week_start
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    'week' as grain,
    week_start as period_start,
    cast(watched as decimal(18, 4)) as numerator,
    cast(known as decimal(18, 4)) as denominator,
    cast(watched as double) as value,
    cast(null as decimal(18, 2)) as at_stake
from counted
