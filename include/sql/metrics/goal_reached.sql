/*
title: {zh: 活动目标达成率, en: goal reached}
stage: 4
grains: {plan: [day]}
partition: whole
value: ratio
unit: share
direction: up
inputs: [campaign_plan, orders]
parts: money
numerator: {zh: 活动期间成交额, en: revenue while it ran}
denominator: {zh: 活动目标成交额, en: revenue goal}
definition:
  zh: 活动结束后，活动期间的全店成交额除以目标成交额
  en: of a finished campaign, revenue of the shop while it ran divided by its goal
caveat:
  zh: 是全店的成交额，同期的活动共享；活动最后一天起显示 14 天；缺一天订单就没有这个数
  en: all revenue of the shop, which overlapping campaigns share; reported for 14 days from the last day on; missing while a day of orders is missing
at_stake: {zh: 不适用, en: does not apply}
evidence: plan
source: manual 4 (marketing, result of each finished campaign); campaign plan and order exports
*/
with plan_day as (
    select * from marts.fct_plan_day
    where is_over and revenue_goal is not null
)

select
    shop,
    'plan' as entity_type,
    plan as entity,
    day,
    revenue_so_far as numerator,
    revenue_goal as denominator
from plan_day
