/*
grain: one row per ad campaign and week (Monday to Sunday)
partition: week
*/
with campaign_day as (
    select *
    from marts.fct_campaign_day
    semi join changed_weeks using (shop, week_start)
)

select
    shop,
    week_start,
    campaign_id,
    max_by(tool, day) as tool,
    cast(sum(impressions) as bigint) as impressions,
    cast(sum(clicks) as bigint) as clicks,
    cast(sum(spend) as decimal(18, 2)) as spend,
    cast(whole_ad_revenue(ad_revenue, spend) as decimal(18, 2)) as ad_revenue,
    cast(sum(ad_orders) as bigint) as ad_orders,
    any_value(currency) as currency,
    cast(count(*) as bigint) as days_reported
from campaign_day
group by shop, week_start, campaign_id
