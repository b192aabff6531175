/*
title: {zh: 活动预算使用率, en: budget used}
stage: 4
grains: {plan: [day]}
partition: whole
value: ratio
unit: share
direction: down
inputs: [campaign_plan, ad_day]
parts: money
numerator: {zh: 预热以来的推广花费, en: ad spend since the warm-up}
denominator: {zh: 活动预算, en: budget}
definition:
  zh: 从预热（没有预热则从开始）到当日的全店推广花费除以活动预算
  en: ad spend of the shop from the warm-up (else the start) up to the day, divided by the budget
caveat:
  zh: 导出里看不出哪笔广告属于哪个活动，所以算全店；同期的活动共用同一笔花费；让利不在其中；缺一天报表就没有这个数
  en: no export assigns ads to a campaign, so all count; overlapping campaigns share them; excludes discounts; missing while a day is not reported
at_stake:
  zh: 当日花费里超出预算的部分，下一天照旧即再超这么多；活动结束后为 0
  en: "the part of the day's spend above the budget, which another day like this one adds; 0 once the campaign has ended"
evidence: plan
source: manual 4 (marketing, campaign budget); campaign plan and ad reports
*/
with plan_day as (
    select * from marts.fct_plan_day
    where day >= spends_from and budget is not null
),

spent as (
    select
        *,
        coalesce(lag(spend_so_far) over (partition by shop, plan order by day), 0) as spend_before
    from plan_day
)

select
    shop,
    'plan' as entity_type,
    plan as entity,
    day,
    spend_so_far as numerator,
    budget as denominator,
    not_below_zero(spend_so_far - greatest(spend_before, budget)) as at_stake
from spent
