/*
grain: one row per product, wish of its reviews and week, of the four weeks up to it
note: Wishes that are sorted as other are left out, since they need not be the same
columns:
  mentions: Reviews of the four weeks up to this one that name the wish
*/
with reviews as (
    select
        *,
        cast(date_trunc('week', day) as date) as review_week
    from staging.stg_reviews
    where wish != 'other' and product_id is not null
),

days as (
    select shop, max(day) as last_day
    from intermediate.int_days
    group by shop
),

reaching as (
    select
        shop,
        product_id,
        wish,
        cast(unnest(generate_series(review_week, review_week + interval 21 day, interval 7 day)) as date) as week_start
    from reviews
)

select
    reaching.shop,
    reaching.week_start,
    reaching.product_id,
    reaching.wish,
    cast(count(*) as bigint) as mentions
from reaching
inner join days using (shop)
where reaching.week_start <= days.last_day
group by reaching.shop, reaching.week_start, reaching.product_id, reaching.wish
