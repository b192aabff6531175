/*
grain: one row per shop that is declared
columns:
  region: Country, or part of one, whose sales and holidays the shop has; missing where none is declared
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
    closed_weekdays,
    region,
    shop_group,
    stock_of
from shops
