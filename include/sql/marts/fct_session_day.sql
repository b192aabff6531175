/*
grain: one row per shop and day of which a report of the whole shop, or of its channels, counts sessions
partition: day
note: >
  A session is a visit: one visitor may have several in a day. A report of the shop (Amazon) comes first; else the sum of
  its channels (GA4), as each session belongs to one.
*/
with shop_day as (
    select *
    from staging.stg_shop_day
    semi join changed_days using (shop, day)
    where sessions is not null
),

source_day as (
    select *
    from staging.stg_source_day
    semi join changed_days using (shop, day)
    where sessions is not null
),

of_shops as (
    select shop, day, cast(sum(sessions) as bigint) as sessions, min(load_id) as load_id
    from shop_day
    group by shop, day
),

of_channels as (
    select shop, day, cast(sum(sessions) as bigint) as sessions, min(load_id) as load_id
    from source_day
    anti join of_shops using (shop, day)
    group by shop, day
),

counted as (
    select * from of_shops
    union all
    select * from of_channels
)

select
    shop,
    day,
    cast(date_trunc('week', day) as date) as week_start,
    sessions,
    load_id
from counted
