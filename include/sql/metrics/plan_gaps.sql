/*
title: {zh: 活动计划缺项, en: gaps in the campaign plan}
stage: 4
grains: {plan: [day]}
partition: whole
value: last
unit: count
direction: down
inputs: [campaign_plan]
numerator: {zh: 缺的项数, en: what is missing}
denominator: {zh: 应填的项数, en: what is to be filled in}
definition:
  zh: 负责部门和预算两项里缺了几项；从开始前 31 天到结束
  en: how many of department and budget the plan lacks, from 31 days before the start to the end
caveat:
  zh: 以最新的活动计划表为准
  en: based on the newest campaign plan
at_stake: {zh: 不适用, en: does not apply}
evidence: plan
source: manual 4 (marketing, campaigns with budget and owner); campaign plan
*/
with plan_day as (
    select * from marts.fct_plan_day
    where day <= ends_on
)

select
    shop,
    'plan' as entity_type,
    plan as entity,
    day,
    gaps as numerator,
    2 as denominator
from plan_day
