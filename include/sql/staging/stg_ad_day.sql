/*
grain: one row a campaign, subject and day of an ad report
partition: day
*/
with ad_day as (
    select *
    from raw.ad_day
    semi join touched_days using (shop, day)
)

select
    shop,
    day,
    campaign_id,
    campaign_name,
    tool,
    subject_id,
    impressions,
    clicks,
    spend,
    ad_revenue,
    ad_orders,
    source,
    load_id,
    line
from ad_day
