/*
grain: one row a shop that is declared: the last week, up to the reviewed one, that each kind of export gives rows for
*/
with shops as (
    select * from marts.dim_shop
),

kinds as (
    select shop, week_start, 'orders' as kind from review.weekly_shop
    where revenue is not null
    union all
    select shop, week_start, 'ads' as kind from review.weekly_campaign
    union all
    select shop, week_start, 'ads' as kind from review.weekly_shop
    where spend is not null
    union all
    select shop, week_start, 'traffic' as kind from review.weekly_product
    where visitors is not null
    union all
    select shop, week_start, 'stock' as kind from review.weekly_stock
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
    where week_start <= $week
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
