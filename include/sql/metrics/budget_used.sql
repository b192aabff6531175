/*
title: {zh: 活动预算使用率, en: budget used}
stage: 4
grains: {plan: [day]}
partition: whole
value: ratio
unit: share
direction: down
inputs: [campaign_plan, ad_day]
numerator: {zh: 预热以来的推广花费, en: ad spend since the warm-up}
denominator: {zh: 活动预算, en: budget}
definition:
  zh: 从预热（没有预热则从开始）到当日的全店推广花费除以活动预算
  en: ad spend of the shop from the warm-up (else the start) up to the day, divided by the budget
caveat:
  zh: 导出里看不出哪笔广告属于哪个活动，所以算全店；同期的活动共用同一笔花费；让利不在其中；缺一天报表就没有这个数
  en: no export assigns ads to a campaign, so all count; overlapping campaigns share them; excludes discounts; missing while a day is not reported
at_stake: {zh: 超出预算的花费, en: what was spent above the budget}
evidence: plan
source: manual 4 (marketing, campaign budget); campaign plan and ad reports
*/
with plan_day as (
    select * from marts.fct_plan_day
    where day >= spends_from and budget is not null
)

select
    shop,
    'plan' as entity_type,
    plan as entity,
    day,
    spend_so_far as numerator,
    budget as denominator,
    not_below_zero(spend_so_far - budget) as at_stake
from plan_day
