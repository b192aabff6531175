/*
title: {zh: 大促进度, en: sale day so far}
stage: 7
grains: {shop: [day]}
partition: onward
value: ratio
unit: share
parts: money
direction: up
nothing: not_applicable
inputs: [orders]
numerator: {zh: 当天到上一个整点的成交额, en: revenue of the day up to the last full hour}
denominator: {zh: 以往大促日同一时刻的平均成交额, en: mean revenue of past sale days up to the same hour}
definition:
  zh: 大促日（日历 sale_days）到上一个整点为止的成交额，除以本店以往大促日同一时刻的平均成交额；整点取自当天最后一笔订单
  en: >-
    revenue of a sale day (sale_days of the calendar) up to the last full hour, divided by the mean of the shop's past sale days up to
    the same hour; the hour is that of the day's last order
caveat:
  zh: 按下单时间计；没有以往大促日的店铺没有这个指标；没有时刻的订单不计
  en: by the time of the order; only of shops with a sale day before; orders without a time are left out
at_stake:
  zh: 比以往大促日同一时刻少的成交额
  en: the revenue that past sale days had more by that hour
source: manual 4 (marketing, campaigns); order exports
*/
with orders as (
    select * from marts.fct_order
    where is_paid and ordered_hour is not null
),

sale_days as (
    select * from seed.sale_days
),

shops as (
    select shop, currency from staging.stg_shops
),

hours as (
    select orders.shop, orders.day, orders.ordered_hour, sum(orders.paid_gross) as revenue
    from orders
    semi join sale_days using (shop, day)
    semi join shops on orders.shop = shops.shop and orders.currency = shops.currency
    group by orders.shop, orders.day, orders.ordered_hour
),

reached as (
    select shop, day, max(ordered_hour) as last_hour
    from hours
    group by shop, day
),

so_far as (
    select reached.shop, reached.day, reached.last_hour, coalesce(sum(hours.revenue), 0) as revenue
    from reached
    left join hours
        on
            reached.shop = hours.shop
            and reached.day = hours.day
            and hours.ordered_hour < reached.last_hour
    group by reached.shop, reached.day, reached.last_hour
),

past as (
    select
        so_far.shop,
        so_far.day,
        sum(hours.revenue) filter (where hours.ordered_hour < so_far.last_hour) as revenue,
        count(distinct hours.day) as days
    from so_far
    inner join hours
        on
            so_far.shop = hours.shop
            and so_far.day > hours.day
    group by so_far.shop, so_far.day
)

select
    so_far.shop,
    'shop' as entity_type,
    so_far.shop as entity,
    so_far.day,
    so_far.revenue as numerator,
    past.revenue / past.days as denominator,
    not_below_zero(past.revenue / past.days - so_far.revenue) as at_stake
from so_far
inner join past using (shop, day)
where past.revenue > 0
