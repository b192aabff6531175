/*
grain: one row an order
partition: day
note: >
  An order that an order list and a line-level export both tell is one order: the list gives its money, the lines only
  what the list lacks. Paid is gross of later refunds; an order that was never paid has paid 0. Refunded is the
  greatest of what list, lines and refund exports say, shown on the day of the order. An order in another currency
  than the shop's is here, but in no KPI.
columns:
  subtotal: >-
    Money for the goods of a paid order, after all discounts: as the export states it, else paid less postage and added
    tax. Tax that prices include is part of it
  input: "Which input gives the order's money (orders: a list; order_lines: its lines)"
*/
with listed as (
    select *
    from staging.stg_orders
    semi join touched_orders using (shop, order_id)
    qualify row_number() over (partition by shop, order_id order by source) = 1
),

line_orders as (
    select *
    from intermediate.int_line_orders
    semi join touched_orders using (shop, order_id)
),

order_refunds as (
    select *
    from intermediate.int_order_refunds
    semi join touched_orders using (shop, order_id)
),

order_extras as (
    select *
    from intermediate.int_order_extras
    semi join touched_orders using (shop, order_id)
),

shops as (
    select * from staging.stg_shops
),

list_orders as (
    select
        *,
        paid_at is not null or status in ('paid', 'shipped', 'delivered', 'completed', 'refunded') as is_paid
    from listed
),

orders as (
    select
        shop,
        order_id,
        coalesce(list_orders.day, line_orders.day) as day,
        if(list_orders.day is null, 'order_lines', 'orders') as input,
        coalesce(list_orders.buyer, line_orders.buyer) as buyer,
        line_orders.region,
        coalesce(list_orders.province, line_orders.province) as province,
        coalesce(list_orders.city, line_orders.city) as city,
        coalesce(list_orders.status, line_orders.status) as status,
        coalesce(list_orders.is_paid, line_orders.is_paid) as is_paid,
        coalesce(list_orders.quantity, line_orders.quantity) as quantity,
        case
            when list_orders.day is null then line_orders.paid
            when list_orders.is_paid then list_orders.paid
            else 0
        end as paid,
        greatest(list_orders.refunded, line_orders.refunded, order_refunds.refunded, 0) as refunded,
        coalesce(list_orders.currency, line_orders.currency) as currency,
        coalesce(list_orders.ordered_at, line_orders.ordered_at) as ordered_at,
        coalesce(list_orders.paid_at, line_orders.paid_at) as paid_at,
        coalesce(list_orders.shipped_at, line_orders.shipped_at) as shipped_at,
        coalesce(list_orders.completed_at, line_orders.completed_at) as completed_at,
        coalesce(list_orders.load_id, line_orders.load_id) as load_id
    from list_orders
    full join line_orders using (shop, order_id)
    left join order_refunds using (shop, order_id)
),

touched as (
    select *
    from orders
    semi join touched_days using (shop, day)
)

select
    touched.shop,
    touched.day,
    touched.order_id,
    touched.buyer,
    touched.region,
    touched.province,
    touched.city,
    touched.status,
    touched.is_paid,
    touched.quantity,
    cast(touched.paid as decimal(18, 2)) as paid,
    cast(
        if(
            touched.is_paid,
            coalesce(
                order_extras.subtotal,
                not_below_zero(touched.paid - order_extras.postage - order_extras.added_tax)
            ),
            0
        ) as decimal(18, 2)
    ) as subtotal,
    cast(touched.refunded as decimal(18, 2)) as refunded,
    cast(touched.paid - touched.refunded as decimal(18, 2)) as net,
    coalesce(touched.currency, shops.currency) as currency,
    touched.ordered_at,
    touched.paid_at,
    touched.shipped_at,
    touched.completed_at,
    touched.input,
    touched.load_id
from touched
inner join shops using (shop)
left join order_extras using (shop, order_id)
