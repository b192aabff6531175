/*
grain: >
  one row per shop and kind of export, with the days of the last $days that have data, the first and the last day with
  any, and the usual number of days from one to the next
note: usual_gap is missing until there are three days with data
*/
with coverage as (
    select distinct shop, source, day from ops.coverage
    where day <= $night
),

shops as (
    select * from marts.dim_shop
),

spaced as (
    select
        *,
        day - lag(day) over (partition by shop, source order by day) as gap
    from coverage
)

select
    spaced.shop,
    any_value(coalesce(shops.title, spaced.shop)) as shop_title,
    spaced.source,
    min(spaced.day) as first_day,
    max(spaced.day) as last_day,
    if(count(spaced.gap) >= 2, cast(quantile_disc(spaced.gap, 0.5) as integer), null) as usual_gap,
    list(spaced.day) filter (where spaced.day > cast($night as date) - cast($days as integer)) as days
from spaced
left join shops using (shop)
group by spaced.shop, spaced.source
order by spaced.shop, spaced.source
