/*
grain: one row per buyer's review of a product
partition: day
columns:
  day: Day of the review
*/
with reviews as (
    select *
    from raw.reviews
    semi join changed_days using (shop, day)
)

select
    shop,
    day,
    product_id,
    order_id,
    stars,
    theme,
    wish,
    answered_on,
    source,
    load_id,
    line
from reviews
