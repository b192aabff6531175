/*
grain: one row per paid order that was shipped or waits for it
partition: order
resets: [intermediate.int_shipping_shops]
note: >
  The shipping time is that of the order's own export, else of its first parcel, else missing. Shops whose exports
  have neither shipping times nor a status after shipping are left out; a shop that has the status alone has rows without
  shipped_at. An order is due when the platform promised
  the buyer, where an export states that (抖店 and 拼多多, 承诺发货时间; presales are promised for later), else 48 hours
  after payment: a default, as the manual's stage 5 is cut off.
columns:
  day: Day on which the order was paid
  ship_due_at: When it should have been shipped, as promised to the buyer, else 48 hours after it was paid; due by the end of the
    night where it is before (select night + 1 from meta.night)
  ship_hours: Hours from payment to shipping; missing while it waits
  is_late: Whether it was not shipped in time; true while it waits, even before it is due, so that shares count the orders that
    are due (ship_due_at) alone; missing where it was shipped at an unknown time
  province: Province of the delivery
*/
with orders as (
    select *
    from marts.fct_order
    semi join changed_orders using (shop, order_id)
    where is_paid and paid_at is not null
),

parcels as (
    select *
    from marts.fct_parcel
    semi join changed_orders using (shop, order_id)
    where shipped_at is not null
),

shipping_shops as (
    select shop from intermediate.int_shipping_shops
),

shops as (
    select * from staging.stg_shops
),

first_parcels as (
    select
        shop,
        order_id,
        min(shipped_at) as shipped_at,
        min_by(carrier, struct_pack(shipped_at := shipped_at, waybill := waybill)) as carrier,
        min_by(province, struct_pack(shipped_at := shipped_at, waybill := waybill)) as province
    from parcels
    group by shop, order_id
),

shipped as (
    select
        orders.shop,
        orders.day,
        orders.order_id,
        orders.status,
        coalesce(orders.province, first_parcels.province) as province,
        first_parcels.carrier,
        orders.paid_gross,
        orders.currency,
        orders.paid_at,
        coalesce(orders.promised_ship_at, orders.paid_at + interval 48 hour) as ship_due_at,
        coalesce(least(orders.shipped_at, first_parcels.shipped_at), orders.shipped_at, first_parcels.shipped_at) as shipped_at
    from orders
    semi join shipping_shops using (shop)
    semi join shops using (shop, currency)
    left join first_parcels using (shop, order_id)
)

select
    shop,
    day,
    order_id,
    province,
    carrier,
    paid_gross,
    currency,
    paid_at,
    ship_due_at,
    shipped_at,
    epoch(shipped_at - paid_at) / 3600 as ship_hours,
    if(status = 'paid' and shipped_at is null, true, shipped_at > ship_due_at) as is_late
from shipped
where shipped_at is not null or status in ('paid', 'shipped', 'delivered', 'completed')
order by day
