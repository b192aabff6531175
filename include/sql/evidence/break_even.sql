/*
grain: one row per day of the campaign in the week, oldest first
columns:
  day: {title: {zh: 日期, en: Day}}
  spend: {title: {zh: 花费, en: Spend}, unit: money}
  ad_revenue: {title: {zh: 总成交金额, en: Attributed revenue}, unit: money}
  margin_rate: {title: {zh: 推广前利润率, en: Margin before ads}, unit: share}
  lost: {title: {zh: 亏损, en: Lost}, unit: money}
*/
with campaign_day as (
    select * from marts.fct_campaign_day
    where shop = $shop and campaign_id = $entity and day between $first_day and $last_day
),

profit_week as (
    select * from marts.fct_profit_week
    where shop = $shop
)

select
    campaign_day.day,
    campaign_day.spend,
    campaign_day.ad_revenue,
    profit_week.margin_rate_before_ads as margin_rate,
    cast(campaign_day.spend - campaign_day.ad_revenue * profit_week.margin_rate_before_ads as decimal(18, 2)) as lost
from campaign_day
inner join profit_week using (shop, week_start)
order by campaign_day.day
