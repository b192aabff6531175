/*
title: {zh: 出价与行业均价之比, en: bid against the industry average}
stage: 4
grains: {keyword: [day]}
value: ratio
unit: ratio
direction: down
inputs: [keywords]
parts: money
numerator: {zh: 我们的出价, en: our bid}
denominator: {zh: 行业均价, en: industry average}
definition:
  zh: 我们的出价除以行业均价；同一个词有多个出价的取比值最大的
  en: our bid divided by the industry average; of a keyword with several bids the greatest ratio
caveat:
  zh: 按当日有效的关键词表，行业均价是查词那天的
  en: from the keyword list of the day; the industry average is that of the list's day
at_stake: {zh: 不适用, en: does not apply}
evidence: bids
source: manual 4 (marketing, bid at most 1.2 times the industry average); keyword workbook
*/
with days as (
    select shop, period_start as day from intermediate.int_periods
    where grain = 'day'
),

keywords as (
    select * from marts.dim_keyword
    where bid is not null and industry_bid > 0
),

worst as (
    select *
    from keywords
    qualify row_number() over (
        partition by shop, valid_from, keyword
        order by bid / industry_bid desc, bid desc
    ) = 1
)

select
    days.shop,
    'keyword' as entity_type,
    worst.keyword as entity,
    days.day,
    worst.bid as numerator,
    worst.industry_bid as denominator
from days
inner join worst
    on
        days.shop = worst.shop
        and days.day between worst.valid_from and coalesce(worst.valid_until, date '9999-12-31')
