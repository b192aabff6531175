/*
grain: one row a shop and day, from the first that any of its exports speaks of to the last that any shop's does
note: What is told day by day without an export of its own (an item that is overdue, a campaign that draws near) is told for these days
*/
with covered_days as (
    select * from intermediate.int_covered_days
),

last_known as (
    select max(day) as last_day from covered_days
),

firsts as (
    select shop, min(day) as first_day
    from covered_days
    group by shop
)

select
    firsts.shop,
    cast(unnest(generate_series(firsts.first_day, last_known.last_day, interval 1 day)) as date) as day
from firsts
cross join last_known
