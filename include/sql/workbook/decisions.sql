/*
grain: one row an alert and kind of decision that the week followed up, with what became of it
*/
with decisions as (
    select * from review.weekly_decision
    where week_start = $week
)

select decisions.*
from decisions
order by shop, outcome = 'resolved', until nulls last, alert_key, kind
