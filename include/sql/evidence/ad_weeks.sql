/*
grain: one row per week of the ad campaign, of the four up to this one, newest first
columns:
  week_start: {title: {zh: 周一, en: Week from}}
  spend: {title: {zh: 花费, en: Spend}, unit: money}
  click_rate: {title: {zh: 点击率, en: Click rate}, unit: share}
  cost_per_click: {title: {zh: 平均点击花费, en: Cost per click}, unit: money}
  ad_revenue: {title: {zh: 总成交金额, en: Attributed revenue}, unit: money}
  roas: {title: {zh: 投入产出比, en: ROAS}, unit: ratio}
*/
with weeks as (
    select * from marts.fct_campaign_week
    where
        shop = $shop
        and campaign_id = $entity
        and week_start between cast($first_day as date) - 21 and $first_day
)

select
    week_start,
    spend,
    clicks / nullif(impressions, 0) as click_rate,
    cast(spend as double) / nullif(clicks, 0) as cost_per_click,
    ad_revenue,
    cast(ad_revenue as double) / nullif(cast(spend as double), 0) as roas
from weeks
order by week_start desc
