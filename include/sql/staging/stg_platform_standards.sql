/*
grain: one row per shop, day of the look and measure that the platform holds the shop to
*/
with platform_standards as (
    select * from raw.platform_standards
)

select
    shop,
    checked_on,
    measure,
    stated,
    required,
    direction,
    stated_in,
    source,
    load_id,
    line
from platform_standards
