/*
grain: one row per advertised product and day
partition: day
note: >
  From the one report that counts for products, so each spend is in it once. What is spent for
  the shop or a page of it is in no product.
columns:
  ad_revenue: >-
    Revenue that the platform attributes to the product's ads, by its own rule. It includes sales of other products, and may
    exceed the product's own sales
*/
with ad_day as (
    select *
    from intermediate.int_ad_day
    semi join changed_days using (shop, day)
    where is_product_spend
),

shops as (
    select * from staging.stg_shops
)

select
    ad_day.shop,
    ad_day.day,
    cast(date_trunc('week', ad_day.day) as date) as week_start,
    ad_day.product_id,
    cast(sum(ad_day.impressions) as bigint) as impressions,
    cast(sum(ad_day.clicks) as bigint) as clicks,
    cast(sum(ad_day.spend) as decimal(18, 2)) as spend,
    cast(whole_ad_revenue(ad_day.ad_revenue, ad_day.spend) as decimal(18, 2)) as ad_revenue,
    cast(sum(ad_day.ad_orders) as bigint) as ad_orders,
    cast(sum(ad_day.net_ad_revenue) as decimal(18, 2)) as net_ad_revenue,
    cast(sum(ad_day.net_ad_orders) as bigint) as net_ad_orders,
    any_value(shops.currency) as currency,
    min(ad_day.load_id) as load_id
from ad_day
inner join shops using (shop)
group by ad_day.shop, ad_day.day, ad_day.product_id
