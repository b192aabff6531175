/*
title: {zh: 点击率, en: click rate}
stage: 4
by: [campaign]
unit: share
direction: up
inputs: [ad_day]
numerator: {zh: 点击量, en: clicks}
denominator: {zh: 展现量, en: impressions}
definition:
  zh: 一周点击量除以展现量
  en: clicks of the week divided by impressions
caveat:
  zh: 按次数计，不按人数计
  en: of clicks and impressions, not of people
at_stake: {zh: 不适用, en: does not apply}
source: manual 4 (marketing, paid traffic); ad reports
*/
with campaign_week as (
    select *
    from marts.fct_campaign_week
    semi join touched_weeks using (shop, week_start)
)

select
    shop,
    'campaign' as entity_type,
    campaign_id as entity,
    'week' as grain,
    week_start as period_start,
    cast(clicks as decimal(18, 4)) as numerator,
    cast(impressions as decimal(18, 4)) as denominator,
    cast(clicks as double) / nullif(impressions, 0) as value,
    cast(null as decimal(18, 2)) as at_stake
from campaign_week
