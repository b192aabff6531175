/*
title: {zh: 点击率, en: click rate}
stage: 4
grains: {campaign: [week]}
value: ratio
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
    select * from marts.fct_campaign_week
)

select
    shop,
    'campaign' as entity_type,
    campaign_id as entity,
    week_start as day,
    clicks as numerator,
    impressions as denominator
from campaign_week
