/*
title: {zh: 距活动天数（未开始预热）, en: days to a campaign without a warm-up}
stage: 4
grains: {plan: [day]}
partition: whole
value: last
unit: days
direction: up
inputs: [campaign_plan]
numerator: {zh: 距开始天数, en: days to start}
denominator: {zh: 不适用, en: does not apply}
definition:
  zh: 活动在开始预热之前，每天距开始还有几天
  en: days until a campaign starts, on each day before the start on which its warm-up has not begun
caveat:
  zh: 已开始预热、已开始或已取消的没有这个数；以活动计划表为准
  en: no value once the warm-up or the campaign has begun, or the campaign was cancelled; based on the campaign plan
at_stake: {zh: 不适用, en: does not apply}
evidence: warmup
source: manual 4 (marketing, warm-up 3 days before); campaign plan
*/
with plan_day as (
    select * from marts.fct_plan_day
    where days_to_start > 0 and not is_warming_up
)

select
    shop,
    'plan' as entity_type,
    plan as entity,
    day,
    days_to_start as numerator
from plan_day
