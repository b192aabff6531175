/*
grain: one row per shop and kind of export that is late
*/
with freshness as (
    select * from ops.freshness
    where state = 'late'
),

shops as (
    select * from staging.stg_shops
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
inner join shops using (shop)
order by freshness.shop, freshness.export
