/*
grain: one row per shop and day, from the first that any of its exports covers to the last that any shop's does
note: >
  KPIs without a daily export of their own (an overdue item, the days to a campaign) have a value on each of these days.
  A gap of more than half a year between them is left out: a shop that exports some weeks of last year for comparison was
  not watched in between.
*/
with covered_days as (
    select distinct shop, day from intermediate.int_covered_days
),

last_known as (
    select max(day) as last_day from covered_days
),

followed as (
    select
        shop,
        day,
        lead(day) over (partition by shop order by day) as next_day
    from covered_days
)

select
    followed.shop,
    cast(unnest(generate_series(
        followed.day,
        case
            when followed.next_day is null then last_known.last_day
            when followed.next_day - followed.day > 182 then followed.day
            else followed.next_day - 1
        end,
        interval 1 day
    )) as date) as day
from followed
cross join last_known
