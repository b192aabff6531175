/*
grain: one row per day of the eight up to the last one, newest first; visitors without orders point to payment, none to a delisting
columns:
  day: {title: {zh: 日期, en: Day}}
  orders_placed: {title: {zh: 下单数, en: Orders placed}}
  orders_paid: {title: {zh: 支付订单数, en: Paid orders}}
  visitors: {title: {zh: 访客数, en: Visitors}}
  sessions: {title: {zh: 会话数, en: Sessions}}
  ad_spend: {title: {zh: 推广花费, en: Ad spend}, unit: money}
*/
with days as (
    select cast(unnest(range(cast($last_day as date) - 7, cast($last_day as date) + 1, interval 1 day)) as date) as day
),

shop_day as (
    select * from marts.fct_shop_day
    where shop = $shop
),

traffic_day as (
    select * from marts.fct_traffic_day
    where shop = $shop
),

session_day as (
    select * from marts.fct_session_day
    where shop = $shop
),

ad_day as (
    select day, cast(sum(spend) as decimal(18, 2)) as spend
    from marts.fct_ad_day
    where shop = $shop
    group by day
)

select
    days.day,
    shop_day.orders_placed,
    shop_day.orders_paid,
    traffic_day.visitors,
    session_day.sessions,
    ad_day.spend as ad_spend
from days
left join shop_day using (day)
left join traffic_day using (day)
left join session_day using (day)
left join ad_day using (day)
order by days.day desc
