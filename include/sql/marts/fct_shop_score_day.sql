/*
grain: one row per shop and day of its scores
partition: day
columns:
  dsr: The lowest of the scores that the day has
*/
with service_shop_day as (
    select *
    from staging.stg_service_shop_day
    semi join changed_days using (shop, day)
)

select
    shop,
    day,
    cast(date_trunc('week', day) as date) as week_start,
    description_score,
    logistics_score,
    service_score,
    least(description_score, logistics_score, service_score) as dsr,
    load_id
from service_shop_day
