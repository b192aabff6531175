/*
grain: one row a shop that is declared
*/
with shops as (
    select * from seed.shops
)

select
    shop,
    title,
    platform,
    currency,
    timezone,
    language,
    closed_weekdays
from shops
