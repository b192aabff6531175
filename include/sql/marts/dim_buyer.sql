/*
grain: one row per buyer of a shop who paid at least once
partition: buyer
note: >
  Paid orders of marts.fct_buyer_order. Orders before the first export are not known: an old buyer may look new.
columns:
  first_paid_on: Day of the first paid order
  second_paid_on: Day of the second paid order; missing while there is none
  last_paid_on: Day of the newest paid order
*/
with orders as (
    select *
    from marts.fct_buyer_order
    semi join changed_buyers using (shop, buyer)
)

select
    shop,
    buyer,
    min(day) as first_paid_on,
    min(day) filter (where order_number = 2) as second_paid_on,
    max(day) as last_paid_on,
    cast(count(*) as bigint) as orders_paid,
    cast(sum(revenue) as decimal(18, 2)) as revenue,
    any_value(currency) as currency
from orders
group by shop, buyer
