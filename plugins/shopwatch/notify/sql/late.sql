/*
grain: one row per shop and kind of export that is late
note: shop_title is missing for a shop without any data
*/
with freshness as (
    select * from ops.freshness
    where state = 'late'
),

shops as (
    select * from marts.dim_shop
)

select
    freshness.shop,
    shops.title as shop_title,
    freshness.export,
    freshness.input,
    freshness.owner,
    freshness.last_day,
    freshness.due_day,
    freshness.due_at
from freshness
left join shops using (shop)
order by freshness.shop, freshness.export
