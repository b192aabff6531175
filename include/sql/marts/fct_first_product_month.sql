/*
grain: one row per shop, product and month in which buyers' first paid order had the product
note: >
  Of orders whose lines are known. A buyer whose first order has several products counts for each of them. Orders before the
  first export are not known, so an old buyer may look new.
columns:
  cohort_month: First day of the month in which the buyers paid for the first time
  new_buyers: Buyers whose first paid order has the product
  repeat_buyers: Those of them who paid for another order, of any product, within 90 days of the first
  has_matured: Whether the exports reach 90 days past the end of the month, so that repeat_buyers does not grow any more
*/
with first_orders as (
    select
        shop,
        any_value(order_id) filter (where order_number = 1) as order_id,
        any_value(first_paid_on) as first_paid_on,
        min(days_since_first) filter (where order_number = 2) as days_to_second
    from marts.fct_buyer_order
    where order_number <= 2
    group by shop, buyer
),

order_lines as (
    select distinct shop, order_id, product_key as product_id
    from marts.fct_order_line
    semi join first_orders using (shop, order_id)
    where is_paid
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
    cast(count(*) filter (where first_orders.days_to_second <= 90) as bigint) as repeat_buyers,
    any_value(last_days.last_day) >= last_day(date_trunc('month', any_value(first_orders.first_paid_on))) + 90 as has_matured
from first_orders
inner join order_lines using (shop, order_id)
inner join last_days using (shop)
group by first_orders.shop, order_lines.product_id, date_trunc('month', first_orders.first_paid_on)
