/*
grain: one row per week of the ad campaign, the newest first, at most 12
of: [campaign]
place: 1
title: {zh: 每周投放, en: Results by week}
columns:
  week_start: {title: {zh: 周一, en: Week from}, as: day}
  spend: {title: {zh: 花费, en: Spend}, as: money}
  spend_change: {title: {zh: 环比, en: Change}, as: change}
  ad_revenue: {title: {zh: 推广成交额, en: Attributed revenue}, as: money}
  roas: {title: {zh: 投入产出比, en: ROAS}, as: ratio}
  roas_target: {title: {zh: 目标, en: Target}, as: ratio}
  break_even_roas: {title: {zh: 保本投产比, en: Break-even ROAS}, as: ratio}
  profit: {title: {zh: 利润, en: Profit}, as: money}
  impressions: {title: {zh: 展现量, en: Impressions}, as: count}
  clicks: {title: {zh: 点击量, en: Clicks}, as: count}
*/
with weeks as (
    select * from review.weekly_ad_campaign
    where shop = $shop and campaign_id = $entity
)

select
    week_start,
    spend,
    spend_change,
    ad_revenue,
    roas,
    roas_target,
    break_even_roas,
    profit,
    impressions,
    clicks,
    currency
from weeks
order by week_start desc
limit 12
