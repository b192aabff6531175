/*
grain: one row per shop
*/
with shops as (
    select * from staging.stg_shops
)

select
    shop,
    title,
    platform,
    currency,
    timezone,
    language
from shops
