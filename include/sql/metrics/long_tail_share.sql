/*
title: {zh: 长尾词占比, en: long-tail share}
stage: 4
grains: {shop: [week, month]}
rows: period
value: ratio
unit: share
direction: up
inputs: [keywords]
numerator: {zh: 长尾词数, en: long-tail keywords}
denominator: {zh: 关键词数, en: keywords}
definition:
  zh: 截至周日最新的关键词表里，长尾词占全部关键词的比例；同一个词只算一次
  en: long-tail keywords as a share of all keywords of the newest list up to the Sunday; a keyword counts once
caveat:
  zh: 自然搜索和付费的词都算；是不是长尾词以表里填的词类为准
  en: keywords of free search and paid ones alike; which are long-tail is as the list sorts them
at_stake: {zh: 不适用, en: does not apply}
evidence: short_keywords
source: manual 4 (marketing, long-tail keywords at least 60%); keyword workbook
*/
with periods as (
    select * from intermediate.int_periods
    where grain in ('week', 'month')
),

keywords as (
    select * from marts.dim_keyword
),

lists as (
    select
        shop,
        valid_from,
        any_value(valid_until) as valid_until,
        count(distinct keyword) as keywords,
        count(distinct keyword) filter (where keyword_kind = 'long_tail') as long_tail
    from keywords
    group by shop, valid_from
)

select
    periods.shop,
    'shop' as entity_type,
    periods.shop as entity,
    periods.grain,
    periods.period_start,
    lists.long_tail as numerator,
    lists.keywords as denominator
from periods
inner join lists
    on
        periods.shop = lists.shop
        and periods.period_end between lists.valid_from and coalesce(lists.valid_until, date '9999-12-31')
