/*
grain: one row per declared shop, with the last week, up to the reviewed one, for which each kind of export has rows
*/
with shops as (
    select * from marts.dim_shop
    where shop = coalesce($shop, shop)
),

-- The newest week of each report first: a year of all products is never put side by side.
kinds as (
    select shop, 'orders' as kind, max(week_start) as week_start
    from review.weekly_shop
    where revenue is not null and week_start <= $week and shop = coalesce($shop, shop)
    group by shop
    union all
    select shop, 'ads' as kind, max(week_start) as week_start
    from review.weekly_ad_campaign
    where week_start <= $week and shop = coalesce($shop, shop)
    group by shop
    union all
    select shop, 'ads' as kind, max(week_start) as week_start
    from review.weekly_shop
    where spend is not null and week_start <= $week and shop = coalesce($shop, shop)
    group by shop
    union all
    select shop, 'traffic' as kind, max(week_start) as week_start
    from review.weekly_product
    where visitors is not null and week_start <= $week and shop = coalesce($shop, shop)
    group by shop
    union all
    select shop, 'stock' as kind, max(week_start) as week_start
    from review.weekly_stock
    where week_start <= $week and shop = coalesce($shop, shop)
    group by shop
),

latest as (
    select
        shop,
        max(week_start) filter (where kind = 'orders') as orders,
        max(week_start) filter (where kind = 'traffic') as traffic,
        max(week_start) filter (where kind = 'ads') as ads,
        max(week_start) filter (where kind = 'stock') as stock,
        max(week_start) as any_kind
    from kinds
    group by shop
)

select
    shops.shop,
    shops.title,
    shops.currency,
    shops.language,
    latest.orders,
    latest.traffic,
    latest.ads,
    latest.stock,
    latest.any_kind
from shops
left join latest using (shop)
order by shops.shop
