/*
grain: one row per line of an ad report, as fine as the report states
partition: day
note: >
  Several reports may contain the same spend: intermediate.int_ad_day decides which row counts. A contract that declares
  neither report nor ad account gives campaigns that are paid from an ad account of their own.
columns:
  subject_type: What is advertised, as the platform calls it (商品, 店铺, 短视频); missing where a report has one kind only
  net_ad_revenue: Of ad_revenue what was not given back within an hour (千川) or so far (拼多多), as the platform counts it
  net_ad_orders: Of ad_orders those that were not given back, as the platform counts them
  refund_rate_1h: Share of ad_revenue that was given back within an hour of payment
*/
with ad_day as (
    select *
    from raw.ad_day
    semi join changed_days using (shop, day)
)

select
    shop,
    day,
    coalesce(ad_account, source) as ad_account,
    coalesce(report, 'campaign') as report,
    campaign_id,
    campaign_name,
    tool,
    subject_type,
    subject_id,
    subject_name,
    impressions,
    clicks,
    spend,
    ad_revenue,
    ad_orders,
    net_ad_revenue,
    net_ad_orders,
    refund_rate_1h,
    cart_adds,
    source,
    load_id,
    line
from ad_day
