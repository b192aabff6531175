/*
grain: one row per shop and week (Monday to Sunday) with orders or ad spend
partition: week
note: spend is each ad account once, also what no campaign report contains (marts.fct_ad_day)
*/
with shop_day as (
    select *
    from marts.fct_shop_day
    semi join changed_weeks using (shop, week_start)
),

ad_day as (
    select *
    from marts.fct_ad_day
    semi join changed_weeks using (shop, week_start)
),

sales as (
    select
        shop,
        week_start,
        sum(orders_placed) as orders_placed,
        sum(orders_paid) as orders_paid,
        sum(revenue) as revenue,
        whole_sum(refunded, revenue) as refunded,
        whole_sum(net_revenue, revenue) as net_revenue,
        any_value(currency) as currency
    from shop_day
    group by shop, week_start
),

ads as (
    select
        shop,
        week_start,
        sum(spend) as spend,
        whole_ad_revenue(ad_revenue, spend) as ad_revenue,
        any_value(currency) as currency
    from ad_day
    group by shop, week_start
)

select
    coalesce(sales.shop, ads.shop) as shop,
    coalesce(sales.week_start, ads.week_start) as week_start,
    cast(sales.orders_placed as bigint) as orders_placed,
    cast(sales.orders_paid as bigint) as orders_paid,
    cast(sales.revenue as decimal(18, 2)) as revenue,
    cast(sales.refunded as decimal(18, 2)) as refunded,
    cast(sales.net_revenue as decimal(18, 2)) as net_revenue,
    cast(ads.spend as decimal(18, 2)) as spend,
    cast(ads.ad_revenue as decimal(18, 2)) as ad_revenue,
    coalesce(sales.currency, ads.currency) as currency
from sales
full join ads
    on
        sales.shop = ads.shop
        and sales.week_start = ads.week_start
