/*
grain: one row per firing period that overlaps one that changed
*/
with firing as (
    select * from judged_firing
),

spans as (
    select * from judged_spans
)

select firing.history, firing.period_start
from firing
semi join spans
    on
        firing.shop = spans.shop
        and firing.period_start <= spans.last_day
        and period_end(firing.grain, firing.period_start) >= spans.first_day
