/*
grain: one row per paid order of a buyer that its file names
partition: buyer
note: >
  Paid orders in the shop's own currency, as in dim_buyer: join fct_order by shop and order_id. Orders before the
  first export are not known, so an old buyer may look new.
columns:
  order_number: Number of the order among the buyer's paid ones, 1 is the first
  is_first_order: Whether it is the buyer's first paid order
  first_paid_on: Day of the buyer's first paid order
  days_since_first: Days since the first paid order
  months_since_first: Calendar months since the month of the first paid order
  revenue: What the buyer paid for the order, before refunds
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
        row_number() over (partition by shop, buyer order by day, order_id) as order_number,
        min(day) over (partition by shop, buyer) as first_paid_on
    from orders
    semi join shops using (shop, currency)
)

select
    shop,
    buyer,
    order_id,
    day,
    order_number,
    order_number = 1 as is_first_order,
    first_paid_on,
    cast(day - first_paid_on as bigint) as days_since_first,
    datediff('month', first_paid_on, day) as months_since_first,
    paid_gross as revenue,
    currency
from numbered
