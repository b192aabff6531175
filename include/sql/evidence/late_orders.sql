/*
grain: one row per order that was due in the period and not shipped in time, the latest first
columns:
  order_id: {title: {zh: 订单号, en: Order}}
  hours_late: {title: {zh: 超时, en: Late by}, unit: hours}
  paid_gross: {title: {zh: 支付金额, en: Paid}, unit: money}
  province: {title: {zh: 省份, en: Province}}
  carrier: {title: {zh: 快递公司, en: Carrier}}
  shipped_at: {title: {zh: 发货时间, en: Shipped at}}
*/
with shipments as (
    select * from marts.fct_shipment
    where shop = $shop and is_late and cast(ship_due_at as date) between $first_day and $last_day
)

select
    order_id,
    round(epoch(coalesce(shipped_at, cast($last_day as date) + 1) - ship_due_at) / 3600, 1) as hours_late,
    paid_gross,
    province,
    carrier,
    shipped_at
from shipments
order by hours_late desc, order_id
