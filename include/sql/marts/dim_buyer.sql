/*
grain: one row per buyer of a shop who paid at least once
partition: buyer
note: >
  Paid orders in the shop's own currency whose file names the buyer. What lies before the first export is not known: a
  buyer of long ago looks new.
columns:
  first_paid_on: Day of the first paid order
  second_paid_on: Day of the second paid order; missing while there is none
  last_paid_on: Day of the newest paid order
*/
with orders as (
    select *
    from marts.fct_order
    semi join changed_buyers using (shop, buyer)
    where is_paid and buyer is not null
),

shops as (
    select shop, currency from staging.stg_shops
),

numbered as (
    select
        *,
        row_number() over (partition by shop, buyer order by day, order_id) as number
    from orders
    semi join shops using (shop, currency)
)

select
    shop,
    buyer,
    min(day) as first_paid_on,
    min(day) filter (where number = 2) as second_paid_on,
    max(day) as last_paid_on,
    cast(count(*) as bigint) as orders_paid,
    cast(sum(paid_gross) as decimal(18, 2)) as revenue,
    any_value(currency) as currency
from numbered
group by shop, buyer
