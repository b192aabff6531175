/*
grain: one row per shop and kind of export, with the last day that it covers and the arrival of its newest file
*/
with coverage as (
    select * from ops.coverage
),

loads as (
    select * from ops.loads
    where state = 'settled'
),

shops as (
    select * from marts.dim_shop
),

days as (
    select
        shop,
        source,
        max(day) as last_day
    from coverage
    group by shop, source
),

files as (
    select
        shop,
        source,
        max(loaded_at) as loaded_at,
        count(*) as files
    from loads
    group by shop, source
)

select
    days.shop,
    coalesce(shops.title, days.shop) as shop_title,
    days.source,
    days.last_day,
    files.loaded_at,
    files.files
from days
left join shops using (shop)
left join files
    on
        days.shop = files.shop
        and days.source = files.source
order by days.shop, days.last_day, days.source
