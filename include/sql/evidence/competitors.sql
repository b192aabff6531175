/*
grain: one row per competitor that anybody has looked at, the latest look first
columns:
  competitor: {title: {zh: 竞品店铺, en: Competitor}}
  checked_on: {title: {zh: 最近查看, en: Last look}}
  products: {title: {zh: 竞品数, en: Products}, unit: count}
*/
with looks as (
    select * from marts.fct_competitor_price
    where shop = $shop and week_start = $first_day
)

select
    competitor,
    max(checked_on) as checked_on,
    count(*) as products
from looks
group by competitor
order by checked_on desc, competitor
