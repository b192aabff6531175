/*
grain: one row per shop and day of its scores
partition: day
*/
with service_shop_day as (
    select *
    from raw.service_shop_day
    semi join changed_days using (shop, day)
)

select
    shop,
    day,
    description_score,
    logistics_score,
    service_score,
    source,
    load_id,
    line
from service_shop_day
