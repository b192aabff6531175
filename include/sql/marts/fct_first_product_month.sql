/*
grain: one row per shop, product and month in which buyers' first paid order had the product
note: >
  Of orders whose lines are known. A buyer whose first order has several products counts for each of them. What lies before the
  first export is not known, so a buyer of long ago looks new.
columns:
  cohort_month: First day of the month in which the buyers paid for the first time
  new_buyers: Buyers whose first paid order has the product
  repeat_buyers: Those of them who paid for another order, of any product, within 90 days of the first
  has_matured: Whether the exports reach 90 days past the end of the month, so that repeat_buyers does not grow any more
*/
with first_orders as (
    select shop, buyer, order_id, first_paid_on
    from marts.fct_buyer_order
    where is_first_order
),

order_lines as (
    select distinct shop, order_id, product_key as product_id
    from marts.fct_order_line
    where is_paid
),

buyers as (
    select shop, buyer, second_paid_on from marts.dim_buyer
),

last_days as (
    select shop, max(day) as last_day
    from intermediate.int_days
    group by shop
)

select
    first_orders.shop,
    order_lines.product_id,
    cast(date_trunc('month', first_orders.first_paid_on) as date) as cohort_month,
    cast(count(*) as bigint) as new_buyers,
    cast(count(*) filter (where buyers.second_paid_on <= first_orders.first_paid_on + 90) as bigint) as repeat_buyers,
    any_value(last_days.last_day) >= last_day(date_trunc('month', any_value(first_orders.first_paid_on))) + 90 as has_matured
from first_orders
inner join order_lines using (shop, order_id)
inner join buyers using (shop, buyer)
inner join last_days using (shop)
group by first_orders.shop, order_lines.product_id, date_trunc('month', first_orders.first_paid_on)
