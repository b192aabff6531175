/*
title: {zh: 距大促天数（预热价未生效）, en: days to a big promotion without a warm-up price}
stage: 3
grains: {plan: [day]}
partition: whole
value: last
unit: days
direction: up
inputs: [campaign_plan]
numerator: {zh: 距开始天数, en: days to start}
denominator: {zh: 不适用, en: does not apply}
definition:
  zh: 平台大促在预热价生效之前，每天距开始还有几天
  en: days until a big promotion starts, on each day before the start on which its warm-up price does not hold yet
caveat:
  zh: 预热价已生效、活动已开始或已取消的没有这个数；以活动计划表为准，不看店里实际的价
  en: no value once the price applies, or the promotion has begun or was cancelled; based on the campaign plan, not on the shop itself
at_stake: {zh: 不适用, en: does not apply}
evidence: warmup
source: manual 3 (products, price dropped 7 days before a big promotion); campaign plan
*/
with plan_day as (
    select * from marts.fct_plan_day
    where campaign_kind = 'big' and days_to_start > 0 and not is_warmup_price_set
)

select
    shop,
    'plan' as entity_type,
    plan as entity,
    day,
    days_to_start as numerator
from plan_day
