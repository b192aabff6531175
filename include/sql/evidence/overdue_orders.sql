/*
grain: one row per order past due and not shipped at the end of the last day, the longest first
columns:
  order_id: {title: {zh: 订单号, en: Order}}
  hours_past_due: {title: {zh: 已超时, en: Past due}, unit: hours}
  paid_gross: {title: {zh: 支付金额, en: Paid}, unit: money}
  province: {title: {zh: 省份, en: Province}}
  paid_at: {title: {zh: 付款时间, en: Paid at}}
*/
with shipments as (
    select * from marts.fct_shipment
    where shop = $shop and is_late
)

select
    order_id,
    round(epoch(cast($last_day as date) + 1 - ship_due_at) / 3600, 1) as hours_past_due,
    paid_gross,
    province,
    paid_at
from shipments
where
    cast($last_day as date) between cast(ship_due_at as date) and cast(ship_due_at as date) + 30
    and coalesce(shipped_at >= cast($last_day as date) + 1, true)
order by ship_due_at, order_id
