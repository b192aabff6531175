/*
grain: one row per shop, day and pot of ad money of which no report speaks that day, though it used to come
note: >
  What a shop spends is the sum of its pots, so a day that lacks one of them has no spend that could be told. A pot is
  expected from the first day that a report speaks of it until four weeks after the last: what has not come for so
  long is taken as given up. Where shops.yaml says when it ended (ads_ended), it is not expected after that day.
*/
with ad_day as (
    select distinct shop, day, spend_pool
    from staging.stg_ad_day
),

days as (
    select * from intermediate.int_days
),

ended as (
    select * from seed.ads_ended
),

pots as (
    select
        ad_day.shop,
        ad_day.spend_pool,
        min(ad_day.day) as first_day,
        cast(least(max(ad_day.day) + interval 28 day, any_value(ended.last_day)) as date) as last_day
    from ad_day
    left join ended using (shop, spend_pool)
    group by ad_day.shop, ad_day.spend_pool
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
