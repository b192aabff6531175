/*
grain: one row a line of an order
partition: order
note: >
  Where several exports tell the lines of one order, those of one count: of the export whose lines have ids. A line
  is paid if it was paid at some time or its status says so; an export that states neither is a list of sales.
columns:
  is_paid: Whether the line was paid; missing where its export does not say when the order was placed or paid
*/
with order_lines as (
    select *
    from staging.stg_order_lines
    semi join touched_orders using (shop, order_id)
),

of_one_source as (
    select *
    from order_lines
    qualify
        source = first_value(source) over (
            partition by shop, order_id
            order by line_id is null, source
        )
)

select
    shop,
    day,
    order_id,
    line_id,
    product_id,
    product_key,
    sku,
    item_number,
    product_name,
    spec,
    quantity,
    unit_price,
    line_amount,
    line_paid,
    line_tax,
    line_postage,
    line_discount,
    line_postage_discount,
    line_refunded,
    refund_status,
    order_paid,
    order_refunded,
    order_subtotal,
    order_postage,
    order_tax,
    status,
    case
        when coalesce(paid_at, ordered_at) is not null
            then (paid_at is not null or coalesce(status, 'paid') in ('paid', 'shipped', 'delivered', 'completed', 'refunded'))
                and coalesce(line_status, 'paid') != 'closed'
    end as is_paid,
    buyer,
    region,
    province,
    city,
    currency,
    ordered_at,
    paid_at,
    shipped_at,
    completed_at,
    source,
    load_id,
    line
from of_one_source
