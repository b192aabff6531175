/*
title: {zh: 平均点击花费, en: cost per click}
stage: 4
grains: {campaign: [week]}
value: ratio
unit: money
direction: down
nothing: not_applicable
inputs: [ad_day]
numerator: {zh: 花费, en: spend}
denominator: {zh: 点击量, en: clicks}
definition:
  zh: 一周花费除以点击量
  en: spend of the week divided by clicks
caveat:
  zh: 没有点击时不适用
  en: without clicks it does not apply
at_stake: {zh: 不适用, en: does not apply}
evidence: ad_weeks
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
    spend as numerator,
    clicks as denominator
from campaign_week
