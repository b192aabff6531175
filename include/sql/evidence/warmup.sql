/*
grain: the planned campaign as of the last day; what its warm-up lacks is empty
columns:
  starts_on: {title: {zh: 活动开始, en: Starts}}
  warmup_from: {title: {zh: 预热开始, en: Warm-up from}}
  warmup_price: {title: {zh: 预热价, en: Warm-up price}, unit: money}
  warmup_price_from: {title: {zh: 预热价生效, en: Warm-up price from}}
  owner: {title: {zh: 负责部门, en: Department}, words: shopwatch_campaign_plan.owner}
*/
with plan_day as (
    select * from marts.fct_plan_day
    where shop = $shop and plan = $entity and day = $last_day
)

select starts_on, warmup_from, warmup_price, warmup_price_from, owner
from plan_day
