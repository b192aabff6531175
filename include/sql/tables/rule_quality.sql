/*
grain: one row per rule, those first that take most places of full mails, then those that fired most
*/
with rule_quality as (
    select * from review.rule_quality
)

select
    rule,
    title_zh,
    title_en,
    owner_zh as owner,
    fired,
    open,
    acknowledged,
    dismissed,
    ignored,
    retracted,
    came_back,
    budget_share,
    full_mornings,
    left_out,
    cast(median_days_to_resolve as double) as median_days_to_resolve,
    last_fired
from rule_quality
order by budget_share desc nulls last, fired desc, rule
