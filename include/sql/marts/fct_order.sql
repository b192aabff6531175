/*
grain: one row an order
partition: day
note: paid is gross of later refunds; an order that was never paid has paid 0
*/
with orders as (
    select *
    from staging.stg_orders
    semi join touched_days using (shop, day)
),

line_orders as (
    select *
    from intermediate.int_line_orders
    semi join touched_days using (shop, day)
),

shops as (
    select * from staging.stg_shops
),

order_level as (
    select
        shop,
        day,
        order_id,
        buyer,
        null as region,
        status,
        paid_at is not null as is_paid,
        quantity,
        if(paid_at is not null, coalesce(paid, 0), 0) as paid,
        coalesce(refunded, 0) as refunded,
        ordered_at,
        paid_at,
        load_id
    from orders
),

line_level as (
    select
        shop,
        day,
        order_id,
        buyer,
        region,
        status,
        status = 'paid' as is_paid,
        quantity,
        paid,
        refunded,
        ordered_at,
        ordered_at as paid_at,
        load_id
    from line_orders
),

all_orders as (
    select * from order_level
    union all
    select * from line_level
)

select
    all_orders.shop,
    all_orders.day,
    all_orders.order_id,
    all_orders.buyer,
    all_orders.region,
    all_orders.status,
    all_orders.is_paid,
    all_orders.quantity,
    cast(all_orders.paid as decimal(18, 2)) as paid,
    cast(all_orders.refunded as decimal(18, 2)) as refunded,
    cast(all_orders.paid - all_orders.refunded as decimal(18, 2)) as net,
    shops.currency,
    all_orders.ordered_at,
    all_orders.paid_at,
    all_orders.load_id
from all_orders
inner join shops using (shop)
