/*
grain: one row a shop, day and pot of ad money of which no report speaks that day, though it used to come
note: >
  What a shop spends is the sum of its pots, so a day that lacks one of them has no spend that could be told. A pot is
  expected from the first day that a report speaks of it until four weeks after the last: what has not come for so
  long is taken as given up.
*/
with ad_day as (
    select distinct shop, day, spend_pool
    from staging.stg_ad_day
),

days as (
    select * from intermediate.int_days
),

pots as (
    select
        shop,
        spend_pool,
        min(day) as first_day,
        cast(max(day) + interval 28 day as date) as last_day
    from ad_day
    group by shop, spend_pool
),

expected as (
    select days.shop, days.day, pots.spend_pool
    from days
    inner join pots using (shop)
    where days.day between pots.first_day and pots.last_day
)

select
    expected.shop,
    expected.day,
    expected.spend_pool
from expected
anti join ad_day using (shop, day, spend_pool)
