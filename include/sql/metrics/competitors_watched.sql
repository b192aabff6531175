/*
title: {zh: 跟踪的竞品数, en: competitors watched}
stage: 1
grains: {shop: [week]}
partition: whole
value: last
unit: count
direction: up
inputs: [competitors]
numerator: {zh: 近 13 周查看过的竞品店铺数, en: competitors looked at in the last 13 weeks}
denominator: {zh: 以往查看过的竞品店铺数, en: competitors ever looked at}
definition:
  zh: 到当周末为止 13 周内采集过的竞品店铺数
  en: competing shops that somebody looked at in the 13 weeks up to the end of the week
caveat:
  zh: 只看竞品分析表里写下的；13 周是默认值
  en: only competitors in the competitor table; the 13 weeks are a default
at_stake: {zh: 不适用, en: does not apply}
evidence: competitors
source: manual 1 (3 to 5 core competitors); shopwatch 竞品分析表
*/
with competitor_price as (
    select * from marts.fct_competitor_price
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    week_start as day,
    count(distinct competitor) filter (where days_since_look < 91) as numerator,
    count(distinct competitor) as denominator
from competitor_price
group by shop, week_start
