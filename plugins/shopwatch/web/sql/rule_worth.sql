/*
grain: one row per rule, with its alerts counted by outcome and the median days to resolve
*/
with rule_quality as (
    select * from review.rule_quality
)

select
    rule,
    fired,
    open,
    resolved,
    retracted,
    acknowledged,
    most_in_a_night,
    full_mornings,
    budget_share,
    left_out,
    median_days_to_resolve
from rule_quality
order by rule
