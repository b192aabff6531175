/*
grain: one row per shop and day for which an order export shows whether orders came, without closed weekdays
note: >
  A public holiday without orders is left out, unless the shop sold on half of the holidays before. sold_share is what
  was usual when the silence began: the share of days with orders among the open days of the 8 weeks up to the last
  order, their longest silence left out, so that one stop does not make the next one usual; 0 where fewer than 14 of
  such days are known.
columns:
  silent_days: Open days in a row up to this one without an order; 0 on a day with orders
  last_order_day: Last day that had an order
  sold_share: Share of open days that had orders in the 8 weeks before the silence
  usual_revenue: Mean revenue of an open day with orders in the 8 weeks before the silence
*/
with order_days as (
    select * from intermediate.int_order_days
),

shop_day as (
    select * from marts.fct_shop_day
),

shops as (
    select * from staging.stg_shops
),

holidays as (
    select shop, day from seed.rest_days
),

days as (
    select
        order_days.shop,
        order_days.day,
        shops.currency,
        coalesce(shop_day.orders_placed + shop_day.orders_other_currency, 0) > 0 as has_orders,
        shop_day.revenue,
        holidays.day is not null as is_holiday
    from order_days
    inner join shops using (shop)
    left join shop_day using (shop, day)
    left join holidays using (shop, day)
    where not list_contains(shops.closed_weekdays, lower(left(dayname(order_days.day), 3)))
),

with_holidays as (
    select
        *,
        coalesce(avg(if(is_holiday, cast(has_orders as integer), null)) over earlier >= 0.5, false) as sells_on_holidays
    from days
    window earlier as (partition by shop order by day rows between unbounded preceding and 1 preceding)
),

open_days as (
    select
        *,
        max(if(has_orders, day, null)) over (partition by shop order by day) as last_order_day
    from with_holidays
    where has_orders or not is_holiday or sells_on_holidays
),

silences as (
    select
        *,
        cast(count(*) filter (where not has_orders) over (
            partition by shop, last_order_day order by day
        ) as bigint) as silent_days
    from open_days
    where last_order_day is not null
),

windows as (
    select
        *,
        count(*) over eight_weeks as known_days,
        count(*) filter (where has_orders) over eight_weeks as sold_days,
        max(silent_days) over eight_weeks as longest_silence,
        sum(revenue) filter (where has_orders) over eight_weeks as revenue_of_days
    from silences
    window eight_weeks as (
        partition by shop order by day
        range between interval 55 day preceding and current row
    )
),

-- Of a silence, what was usual on the day of the last order before it.
usual as (
    select
        *,
        first_value(known_days) over silence as usual_known,
        first_value(sold_days) over silence as usual_sold,
        first_value(longest_silence) over silence as usual_silence,
        first_value(revenue_of_days) over silence as usual_revenue_of_days
    from windows
    window silence as (partition by shop, last_order_day order by day)
)

select
    shop,
    day,
    silent_days,
    last_order_day,
    if(
        usual_sold < 14,
        0,
        least(cast(usual_sold as double) / nullif(greatest(usual_known - usual_silence, usual_sold), 0), 1)
    ) as sold_share,
    cast(usual_revenue_of_days / usual_sold as decimal(18, 2)) as usual_revenue,
    currency
from usual
