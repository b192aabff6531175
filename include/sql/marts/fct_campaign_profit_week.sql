/*
grain: one row per ad campaign and week (Monday to Sunday)
note: >
  Campaign reports do not name the products sold, so attributed revenue earns the shop's margin before ads of the week.
  Missing while that margin or the attributed revenue is.
columns:
  ad_margin: Attributed revenue x the shop's margin before ads of the week
  profit: ad_margin minus spend
*/
with campaign_week as (
    select * from marts.fct_campaign_week
),

profit_week as (
    select * from marts.fct_profit_week
)

select
    campaign_week.shop,
    campaign_week.week_start,
    campaign_week.campaign_id,
    campaign_week.spend,
    campaign_week.ad_revenue,
    cast(campaign_week.ad_revenue * profit_week.margin_rate_before_ads as decimal(18, 2)) as ad_margin,
    cast(campaign_week.ad_revenue * profit_week.margin_rate_before_ads - campaign_week.spend as decimal(18, 2)) as profit,
    campaign_week.currency
from campaign_week
left join profit_week using (shop, week_start)
