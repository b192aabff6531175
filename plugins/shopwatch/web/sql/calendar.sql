/*
grain: one row per shop and kind of export, with the days of the last $days that have data and the first day with any
*/
with coverage as (
    select * from ops.coverage
),

shops as (
    select * from marts.dim_shop
)

select
    coverage.shop,
    any_value(coalesce(shops.title, coverage.shop)) as shop_title,
    coverage.source,
    min(coverage.day) as first_day,
    list(distinct coverage.day) filter (where coverage.day > cast($night as date) - cast($days as integer)) as days
from coverage
left join shops using (shop)
group by coverage.shop, coverage.source
order by coverage.shop, coverage.source
