/*
grain: one row per shop, number of days and day on which new buyers have been known for so many days
note: >
  The buyers of a day are those whose days have passed on it, counted from their first paid order: each has had the
  same time to come again, and the number does not change any more. Days that exports do not reach are not there.
columns:
  days_after: Days after the first paid order within which a second one counts (30, 60, 90)
  new_buyers: Buyers whose days after the first paid order have passed on the day
  repeat_buyers: Those of them who paid for a second order within these days
*/
with buyers as (
    select * from marts.dim_buyer
    where first_paid_on is not null
),

days as (
    select * from intermediate.int_days
),

judged as (
    select
        shop,
        unnest([30, 60, 90]) as days_after,
        first_paid_on,
        second_paid_on
    from buyers
),

passed as (
    select
        *,
        cast(first_paid_on + days_after as date) as day,
        second_paid_on <= first_paid_on + days_after as is_back
    from judged
)

select
    passed.shop,
    passed.days_after,
    passed.day,
    cast(count(*) as bigint) as new_buyers,
    cast(count(*) filter (where passed.is_back) as bigint) as repeat_buyers
from passed
semi join days using (shop, day)
group by passed.shop, passed.days_after, passed.day
