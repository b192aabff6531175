/*
grain: one row per planned campaign of the week, the latest first
*/
with plans as (
    select * from review.weekly_promotion
    where week_start = $week
)

select
    plans.*,
    'plan' as entity_type,
    plans.plan as entity,
    case
        when plans.goal_reached >= 1 then 'target_met'
        when plans.goal_reached < 1 then 'target_missed'
    end as verdict
from plans
order by plans.shop, plans.starts_on desc, plans.plan
