/*
grain: one row per shop, day and ad account
partition: day
note: from the one report that counts for the shop, so each spend is in it once
*/
with ad_day as (
    select *
    from intermediate.int_ad_day
    semi join changed_days using (shop, day)
    where is_shop_spend
),

shops as (
    select * from staging.stg_shops
)

select
    ad_day.shop,
    ad_day.day,
    cast(date_trunc('week', ad_day.day) as date) as week_start,
    ad_day.ad_account,
    ad_day.report,
    cast(sum(ad_day.impressions) as bigint) as impressions,
    cast(sum(ad_day.clicks) as bigint) as clicks,
    cast(sum(ad_day.spend) as decimal(18, 2)) as spend,
    cast(whole_ad_revenue(ad_day.ad_revenue, ad_day.spend) as decimal(18, 2)) as ad_revenue,
    cast(sum(ad_day.ad_orders) as bigint) as ad_orders,
    any_value(shops.currency) as currency,
    min(ad_day.load_id) as load_id
from ad_day
inner join shops using (shop)
group by ad_day.shop, ad_day.day, ad_day.ad_account, ad_day.report
