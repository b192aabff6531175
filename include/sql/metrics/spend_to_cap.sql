/*
title: {zh: 花费占日限额, en: spend against the daily cap}
stage: 4
grains: {campaign: [day]}
value: ratio
unit: share
direction: down
inputs: [ad_day, keywords]
parts: money
numerator: {zh: 当日花费, en: spend of the day}
denominator: {zh: 计划日限额, en: daily cap of the campaign}
definition:
  zh: 计划当日花费除以关键词表里的计划日限额；大于 1 即超限
  en: "the campaign's spend of the day divided by its daily cap in the keyword list; above 1 is over the cap"
caveat:
  zh: 只有关键词表写了日限额的计划才有；按当日有效的词表
  en: only for campaigns with a cap in the keyword list of the day
at_stake:
  zh: 当日超出日限额的花费，下一天照旧即再超这么多
  en: "the day's spend above the cap, which another day like this one adds"
evidence: cap_days
source: manual 4 (marketing, daily cap); keyword workbook and ad reports
*/
with campaign_day as (
    select * from marts.fct_campaign_day
),

keywords as (
    select * from marts.dim_keyword
    where daily_cap is not null
),

caps as (
    select shop, campaign_id, valid_from, any_value(valid_until) as valid_until, max(daily_cap) as daily_cap
    from keywords
    group by shop, campaign_id, valid_from
)

select
    campaign_day.shop,
    'campaign' as entity_type,
    campaign_day.campaign_id as entity,
    campaign_day.day,
    campaign_day.spend as numerator,
    caps.daily_cap as denominator,
    not_below_zero(campaign_day.spend - caps.daily_cap) as at_stake
from campaign_day
inner join caps
    on
        campaign_day.shop = caps.shop
        and campaign_day.campaign_id = caps.campaign_id
        and campaign_day.day between caps.valid_from and coalesce(caps.valid_until, date '9999-12-31')
