/*
grain: one row per parcel of the carrier or shop that was due in the period and not delivered in time, the latest first
columns:
  order_id: {title: {zh: 订单号, en: Order}}
  carrier: {title: {zh: 快递公司, en: Carrier}}
  province: {title: {zh: 省份, en: Province}}
  shipped_at: {title: {zh: 发货时间, en: Shipped at}}
  delivery_due_at: {title: {zh: 应送达, en: Due}}
  signed_at: {title: {zh: 签收时间, en: Delivered at}}
*/
with parcels as (
    select * from marts.fct_parcel
    where
        shop = $shop
        and $entity in (carrier, shop)
        and is_late
        and cast(delivery_due_at as date) between $first_day and $last_day
)

select order_id, carrier, province, shipped_at, delivery_due_at, signed_at
from parcels
order by signed_at desc nulls first, order_id, waybill
