/*
grain: one row per shop and day with orders of which no shipping time is known
note: >
  Of a shop whose exports have no shipping data, the days with paid orders; of others, the days on which orders were
  due, none of them shipped at a known time and some at an unknown one.
*/
with shop_days as (
    select shop, day from marts.fct_shop_day
    where orders_paid > 0
),

shipments as (
    select * from marts.fct_shipment
),

days as (
    select shop, day from intermediate.int_days
),

shipping_shops as (
    select shop from intermediate.int_shipping_shops
),

due as (
    select shop, cast(ship_due_at as date) as day
    from shipments
    group by all
    having count(shipped_at) = 0 and count(is_late) < count(*)
)

select shop, day from shop_days
anti join shipping_shops using (shop)
union
select shop, day from due
semi join days using (shop, day)
