/*
title: {zh: 竞品差评主题, en: bad-review themes of competitors}
stage: 1
grains: {theme: [week]}
partition: whole
value: last
unit: count
direction: up
inputs: [competitors]
numerator: {zh: 差评集中在该主题的竞品数, en: competitors whose bad reviews mention it most}
denominator: {zh: 以往查看过的竞品店铺数, en: competitors ever looked at}
definition:
  zh: 到当周末最近一次采集中，差评说得最多的是该主题的竞品店铺数：我们可以做得更好的地方
  en: competing shops whose bad reviews mention the theme most, as last looked at; where we can do better
caveat:
  zh: 一次采集一个商品一个主题，不是差评条数
  en: one theme a product and look, no number of reviews
at_stake: {zh: 不适用, en: does not apply}
source: manual 1 (competitors, bad reviews above all); shopwatch 竞品分析表
*/
with competitor_price as (
    select * from marts.fct_competitor_price
),

known as (
    select shop, week_start, count(distinct competitor) as competitors
    from competitor_price
    group by shop, week_start
),

counted as (
    select
        shop,
        week_start,
        bad_review_theme as theme,
        count(distinct competitor) as named_by
    from competitor_price
    group by shop, week_start, bad_review_theme
)

select
    counted.shop,
    'theme' as entity_type,
    counted.theme as entity,
    counted.week_start as day,
    counted.named_by as numerator,
    known.competitors as denominator
from counted
inner join known using (shop, week_start)
