/*
grain: one row per shop with data
*/
with shops as (
    select * from marts.dim_shop
)

select shop from shops
