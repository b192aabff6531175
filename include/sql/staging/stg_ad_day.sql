/*
grain: one row a line of an ad report, as fine as the report tells
partition: day
note: >
  Several reports may tell the same spend: intermediate.int_ad_day says which row counts. A contract that says neither
  report nor spend_pool gives campaigns that are paid from a pot of their own.
*/
with ad_day as (
    select *
    from raw.ad_day
    semi join touched_days using (shop, day)
)

select
    shop,
    day,
    coalesce(spend_pool, source) as spend_pool,
    coalesce(report, 'campaign') as report,
    campaign_id,
    campaign_name,
    tool,
    subject_id,
    subject_name,
    impressions,
    clicks,
    spend,
    ad_revenue,
    ad_orders,
    cart_adds,
    source,
    load_id,
    line
from ad_day
