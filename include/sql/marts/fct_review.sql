/*
grain: one row per buyer's review of a product (equal lines are two reviews)
partition: day
columns:
  day: Day of the review
*/
with reviews as (
    select *
    from staging.stg_reviews
    semi join changed_days using (shop, day)
)

select
    shop,
    day,
    cast(date_trunc('week', day) as date) as week_start,
    product_id,
    order_id,
    stars,
    stars <= 2 as is_bad,
    theme,
    wish,
    answered_on,
    load_id,
    line
from reviews
