/*
grain: the planned campaign as of the last day; what it lacks is empty
columns:
  starts_on: {title: {zh: 开始, en: Starts}}
  ends_on: {title: {zh: 结束, en: Ends}}
  owner: {title: {zh: 负责部门, en: Department}, words: shopwatch_campaign_plan.owner}
  budget: {title: {zh: 预算, en: Budget}, unit: money}
  revenue_goal: {title: {zh: 目标成交额, en: Revenue goal}, unit: money}
  revenue_so_far: {title: {zh: 已成交, en: Revenue so far}, unit: money}
  spend_so_far: {title: {zh: 已花费, en: Ad spend so far}, unit: money}
*/
with plan_day as (
    select * from marts.fct_plan_day
    where shop = $shop and plan = $entity and day = $last_day
)

select starts_on, ends_on, owner, budget, revenue_goal, revenue_so_far, spend_so_far
from plan_day
