/*
grain: one row per shop of which any export has rows
note: A declared shop is missing until the first of its files is loaded
columns:
  region: Country, or part of one, whose sales and holidays the shop has; missing where none is declared
*/
with shops as (
    select * from staging.stg_shops
),

coverage as (
    select * from staging.stg_coverage
)

select
    shop,
    title,
    platform,
    currency,
    timezone,
    language,
    region,
    shop_group
from shops
semi join coverage using (shop)
