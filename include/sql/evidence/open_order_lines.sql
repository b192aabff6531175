/*
grain: >
  one row per order line of the unit, in any shop of the warehouse, that was paid and not shipped at the end of the last day,
  the oldest first
columns:
  order_id: {title: {zh: 订单号, en: Order}}
  quantity: {title: {zh: 件数, en: Pieces}, unit: pieces}
  paid_at: {title: {zh: 付款时间, en: Paid at}}
  ship_due_at: {title: {zh: 应发货时间, en: To be shipped by}}
  province: {title: {zh: 省份, en: Province}}
  seller: {title: {zh: 店铺, en: Shop}}
*/
with supplied as (
    select shop, title from staging.stg_shops
    where coalesce(stock_of, shop) = $shop
),

lines as (
    select
        *,
        coalesce(paid_at, ordered_at) as bought_at
    from marts.fct_order_line
    where sku = $entity and is_paid
),

orders as (
    select * from marts.fct_order
    where coalesce(shipped_at >= cast($last_day as date) + 1, status = 'paid')
),

shipments as (
    select * from marts.fct_shipment
)

select
    lines.order_id,
    lines.quantity,
    lines.bought_at as paid_at,
    shipments.ship_due_at,
    orders.province,
    coalesce(supplied.title, supplied.shop) as seller
from lines
inner join supplied using (shop)
inner join orders using (shop, order_id)
left join shipments using (shop, order_id)
where cast(lines.bought_at as date) <= $last_day
order by lines.bought_at, lines.shop, lines.order_id, lines.line_id
