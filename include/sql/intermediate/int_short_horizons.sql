/*
grain: one row per number of days, shop and day of orders, where orders of a trading day in that many days before are missing
note: >
  Buyers who first bought that many days before have not been observed all the time, so repeat rates lack such a day. Days
  before the first export lack their orders.
columns:
  input: Input of a KPI that needs the orders of all these days (orders_of_30_days, orders_of_60_days, orders_of_90_days)
*/
with shops as (
    select shop, closed_weekdays from staging.stg_shops
),

covered_days as (
    select shop, day from intermediate.int_covered_days
    where input = 'orders'
),

spans as (
    select
        shop,
        min(day) as first_day,
        max(day) as last_day
    from covered_days
    group by shop
),

every_day as (
    select
        shop,
        cast(unnest(generate_series(first_day - 1, last_day, interval 1 day)) as date) as day,
        first_day
    from spans
),

lacking as (
    select
        every_day.shop,
        every_day.day,
        covered_days.day is not null as is_covered,
        if(
            covered_days.day is null
            and (
                every_day.day < every_day.first_day
                or not list_contains(shops.closed_weekdays, lower(left(dayname(every_day.day), 3)))
            ),
            every_day.day,
            null
        ) as lacking_day
    from every_day
    inner join shops using (shop)
    left join covered_days using (shop, day)
),

watched as (
    select
        shop,
        day,
        is_covered,
        max(lacking_day) over (partition by shop order by day) as last_lacking
    from lacking
),

horizons as (
    select unnest([30, 60, 90]) as days
)

select
    format('orders_of_{}_days', horizons.days) as input,
    watched.shop,
    watched.day
from watched
cross join horizons
where watched.is_covered and watched.last_lacking >= watched.day - horizons.days
