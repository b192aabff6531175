/*
grain: one row per day of the two weeks up to the last day on which the campaign spent more than its daily cap, newest first
columns:
  day: {title: {zh: 日期, en: Day}}
  spend: {title: {zh: 花费, en: Spend}, unit: money}
  daily_cap: {title: {zh: 日限额, en: Daily cap}, unit: money}
  excess: {title: {zh: 超出, en: Above the cap}, unit: money}
*/
with campaign_day as (
    select * from marts.fct_campaign_day
    where shop = $shop and campaign_id = $entity and day between cast($last_day as date) - 13 and $last_day
),

keywords as (
    select * from marts.dim_keyword
    where shop = $shop and campaign_id = $entity and daily_cap is not null
),

capped as (
    select campaign_day.day, campaign_day.spend, max(keywords.daily_cap) as daily_cap
    from campaign_day
    inner join keywords
        on campaign_day.day between keywords.valid_from and coalesce(keywords.valid_until, date '9999-12-31')
    group by campaign_day.day, campaign_day.spend
)

select day, spend, daily_cap, spend - daily_cap as excess
from capped
where spend > daily_cap
order by day desc
