/*
grain: one row per day of the period, newest first, with the same weekday of the week before
columns:
  day: {title: {zh: 日期, en: Day}}
  sessions: {title: {zh: 会话数, en: Sessions}}
  sessions_before: {title: {zh: 七天前会话数, en: Seven days before}}
  orders_paid: {title: {zh: 支付订单数, en: Paid orders}}
  conversion: {title: {zh: 会话转化率, en: Session conversion}, unit: share}
  ad_clicks: {title: {zh: 广告点击, en: Ad clicks}}
*/
with session_day as (
    select * from marts.fct_session_day
    where shop = $shop
),

shop_day as (
    select * from marts.fct_shop_day
    where shop = $shop
),

ad_day as (
    select day, cast(sum(clicks) as bigint) as clicks
    from marts.fct_ad_day
    where shop = $shop
    group by day
)

select
    session_day.day,
    session_day.sessions,
    before.sessions as sessions_before,
    shop_day.orders_paid,
    cast(shop_day.orders_paid as double) / nullif(session_day.sessions, 0) as conversion,
    ad_day.clicks as ad_clicks
from session_day
left join session_day as before on session_day.day = before.day + 7
left join shop_day on session_day.day = shop_day.day
left join ad_day on session_day.day = ad_day.day
where session_day.day between $first_day and $last_day
order by session_day.day desc
