/*
grain: one row per week, competitor, competing product and product of ours, from the first look on
note: The newest look at a competitor up to the end of the week holds; our price is the one that holds on that day
columns:
  product_id: Our product that it competes with; missing where none was named
  checked_on: Day of the look that holds
  days_since_look: Days from the look to the end of the week
  everyday_price: Our product's usual price at the end of the week
*/
with competitors as (
    select * from staging.stg_competitors
),

days as (
    select * from intermediate.int_days
),

prices as (
    select * from marts.dim_product_price
),

shops as (
    select * from staging.stg_shops
),

weeks as (
    select distinct
        shop,
        cast(date_trunc('week', day) as date) as week_start
    from days
),

looks as (
    select
        weeks.shop,
        weeks.week_start,
        competitors.competitor,
        max(competitors.checked_on) as checked_on
    from weeks
    inner join competitors
        on
            weeks.shop = competitors.shop
            and competitors.checked_on <= weeks.week_start + 6
    group by all
),

holding as (
    select
        looks.week_start,
        competitors.*
    from looks
    inner join competitors using (shop, competitor, checked_on)
)

select
    holding.shop,
    holding.week_start,
    holding.competitor,
    holding.competitor_product,
    holding.product_id,
    holding.checked_on,
    cast(holding.week_start + 6 - holding.checked_on as bigint) as days_since_look,
    holding.competitor_price,
    prices.everyday_price,
    holding.price_low,
    holding.price_high,
    holding.competitor_pieces,
    holding.competitor_score,
    holding.competitor_campaign,
    holding.bad_review_theme,
    holding.our_edge,
    shops.currency,
    holding.load_id
from holding
inner join shops using (shop)
left join prices
    on
        holding.shop = prices.shop
        and holding.product_id = prices.product_id
        and holding.week_start + 6 between prices.valid_from and coalesce(prices.valid_until, date '9999-12-31')
