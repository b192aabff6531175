/*
grain: one row per buyer of a shop whom an order names, whether or not it was paid
partition: buyer
note: >
  Days, number and money of paid orders are those of marts.fct_buyer_order: orders in the shop's own currency. Buyers
  without any have no first_paid_on; leave them out where paying buyers are meant. Orders before the first export are
  not known, so an old buyer may look new.
columns:
  first_paid_on: Day of the first paid order; missing for a buyer who has not paid
  second_paid_on: Day of the second paid order; missing while there is none
  last_paid_on: Day of the newest paid order
  orders: Orders that the buyer placed, paid or not
  orders_paid: Those of them that were paid, gifts of 0 included; 0 for a buyer who has not paid
  revenue: What the buyer paid for them, before refunds; 0 for a buyer who has not paid
*/
with orders as (
    select *
    from marts.fct_order
    semi join changed_buyers using (shop, buyer)
),

paid_orders as (
    select *
    from marts.fct_buyer_order
    semi join changed_buyers using (shop, buyer)
),

shops as (
    select shop, currency from staging.stg_shops
),

buyers as (
    select
        shop,
        buyer,
        count(*) filter (where status is distinct from 'refund') as orders
    from orders
    where buyer is not null
    group by shop, buyer
),

payments as (
    select
        shop,
        buyer,
        min(day) as first_paid_on,
        min(day) filter (where order_number = 2) as second_paid_on,
        max(day) as last_paid_on,
        count(*) as orders_paid,
        sum(revenue) as revenue
    from paid_orders
    group by shop, buyer
)

select
    buyers.shop,
    buyers.buyer,
    payments.first_paid_on,
    payments.second_paid_on,
    payments.last_paid_on,
    cast(buyers.orders as bigint) as orders,
    cast(coalesce(payments.orders_paid, 0) as bigint) as orders_paid,
    cast(coalesce(payments.revenue, 0) as decimal(18, 2)) as revenue,
    shops.currency
from buyers
inner join shops using (shop)
left join payments using (shop, buyer)
